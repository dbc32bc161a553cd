// X: top of stack, arithmetic, memory, branches, throws; every instruction ends here, in order.
//
// The two top cells of the operand stack are s_tos_q and s_nos_q, cell i below them is stack word
// c_sbase_q + i. x_step_q is 0 in an instruction's first cycle and 1 in the later ones; x_done is its last
// one, in which it retires and D may issue (x_ready_o). A read that step 0 makes is on the RAM's output in
// step 1; the reads of plain instructions were made by D at the issue.
// x_kill_o empties D, of what F fires too: set by every redirect, throw and finish of X. The effects of invocations
// and returns on the method's registers are in calls.sv, unwinding is in unwind.sv.
// Arithmetic is in arith.sv, addresses and bytes of the memory instructions in frame.sv.
// Everything here depends on registers and RAM outputs only, never on F or D in the same cycle.
`default_nettype none

module execute (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  // From D, at the issue.
  input  logic         d_issue_i,
  input  logic [16:0]  d_pc_i,
  input  logic [7:0]   d_op_i,
  input  logic [19:0]  d_dec_i,
  input  logic [63:0]  d_imm_i,
  input  logic [4:0]   d_exc_i,
  input  logic         d_pred_i,     // F was sent to the target, by the BTB or by D
  input  logic         d_word_set_i,
  input  logic         d_off_set_i,
  input  logic [11:0]  d_word_i,
  input  logic [2:0]   d_off_i,
  input  logic         d_init_i,
  input  logic [7:0]   s_cnt_i,
  // Method, call, areas.
  input  logic         u_look_i,
  input  logic [63:0]  u_code_i,
  input  logic         c_badargs_i,
  input  logic         c_capacity_i,
  input  logic [11:0]  c_fbase_i,
  input  logic [11:0]  c_fbytes_i,
  input  logic [8:0]   c_argw_i,
  input  logic [31:0]  c_id_i,
  input  logic [11:0]  c_sbase_i,
  input  logic [9:0]   c_depth_i,
  input  logic [63:0]  l_app_i,
  input  logic [16:0]  l_codelen_i,
  input  logic [16:0]  l_constlen_i,
  input  logic         l_start_i,
  // RAM outputs.
  input  logic [63:0]  const_rd_i,
  input  logic         const_rv_i,
  input  logic [63:0]  stack_rd_i,
  input  logic [63:0]  frame_rd_i,
  input  logic [31:0]  tag_rd_i,
  input  logic         frame_rv_i,
  input  logic [7:0]   call_cnt_i,   // cnt of the call word
  output logic         frame_hit_o,
  // Control.
  output logic         x_ready_o,
  output logic         x_last_o,
  output logic         x_block_o,
  output logic         x_calls_o,
  output logic         x_kill_o,
  output logic         x_keep_o,
  output logic         x_redirect_o,
  output logic [16:0]  x_target_o,
  output logic         x_b_we_o,
  output logic         x_invoke_o,
  output logic         x_leave_o,
  output logic         x_throw_o,
  output logic         x_nonext_o,
  output logic [63:0]  x_thrown_o,
  output logic         x_finish_o,
  output logic [4:0]   x_kind_o,
  output logic [63:0]  x_value_o,
  output logic         x_s_set_o,
  output logic [7:0]   x_s_new_o,
  output logic         x_p_clear_o,
  output logic         x_retire_o,
  output logic [4:0]   x_code_o,
  output logic [1:0]   x_push_o,
  // RAM ports; x_*_sel_o: the read port is X's in this cycle, whether it reads or not.
  output logic         x_const_sel_o,
  output logic         x_frame_sel_o,
  output logic         x_stack_sel_o,
  output logic         x_const_re_o,
  output logic [12:0]  x_const_ra_o,
  output logic         x_frame_re_o,
  output logic [11:0]  x_frame_ra_o,
  output logic         x_frame_we_o,
  output logic [63:0]  x_frame_wd_o,
  output logic [31:0]  x_tag_wd_o,
  output logic         x_stack_re_o,
  output logic [11:0]  x_stack_ra_o,
  output logic         x_stack_we_o,
  output logic [11:0]  x_stack_wa_o,
  output logic [63:0]  x_stack_wd_o,
  // Units.
  output logic         m_busy_o,
  output logic [2:0]   m_cnt_o,
  output logic [81:0]  m_row_o,
  output logic [65:0]  m_hi_o,
  output logic [63:0]  m_lo_o,
  output logic         v_busy_o,
  output logic [5:0]   v_cnt_o,
  output logic [63:0]  v_rem_o,
  output logic [63:0]  v_quo_o,
  output logic [63:0]  v_dv_o,
  output logic [65:0]  v_dv3_o,
  // Registers.
  output logic         x_valid_o,
  output logic [16:0]  x_pc_o,
  output logic [7:0]   x_op_o,
  output logic [19:0]  x_dec_o,
  output logic [63:0]  x_imm_o,
  output logic [4:0]   x_exc_o,
  output logic [7:0]   x_cnt_o,
  output logic         x_pred_o,
  output logic         x_taken_o,
  output logic         x_step_o,
  output logic [11:0]  x_word_o,
  output logic [2:0]   x_off_o,
  output logic         x_init_o,
  output logic [63:0]  s_tos_o,
  output logic [63:0]  s_nos_o
);

  logic         x_valid_q;
  logic [16:0]  x_pc_q;
  logic [7:0]   x_op_q;
  logic [63:0]  x_imm_q;
  logic [4:0]   x_exc_q;
  logic [7:0]   x_cnt_q;
  logic         x_pred_q;
  logic         x_taken_q;
  logic         x_step_q;
  logic [11:0]  x_word_q;
  logic [2:0]   x_off_q;
  logic         x_init_q;
  logic [63:0]  s_tos_q;
  logic [63:0]  s_nos_q;

  assign x_valid_o = x_valid_q;
  assign x_pc_o    = x_pc_q;
  assign x_op_o    = x_op_q;
  assign x_dec_o   = x_dec_q;
  assign x_imm_o   = x_imm_q;
  assign x_exc_o   = x_exc_q;
  assign x_cnt_o   = x_cnt_q;
  assign x_pred_o  = x_pred_q;
  assign x_taken_o = x_taken_q;
  assign x_step_o  = x_step_q;
  assign x_word_o  = x_word_q;
  assign x_off_o   = x_off_q;
  assign x_init_o  = x_init_q;
  assign s_tos_o   = s_tos_q;
  assign s_nos_o   = s_nos_q;

  // ---- Decoder row ----

  logic [19:0] x_dec_q; // row of x_op_q
  logic [4:0]  cls;
  logic        go;       // no exception found by D
  logic        first;    // step 0 of such an instruction
  logic        deep;     // the method has an invoker
  logic [15:0] imm;
  logic        in_code;
  logic        unused_dec;

  assign cls     = x_dec_q[4:0];
  assign unused_dec = ^{x_dec_q[19:15], x_dec_q[12:9]}; // D has charged and counted
  assign go      = x_valid_q && x_exc_q == 5'd0;
  assign first   = go && !x_step_q;
  assign deep    = c_depth_i != 10'd1;
  assign imm     = x_imm_q[15:0];
  assign in_code = {1'b0, imm} < l_codelen_i;

  assign x_calls_o  = x_valid_q && !x_step_q
      && (cls == algorand_pkg::CLASS_INVOKE || cls == algorand_pkg::CLASS_RETURN);
  assign x_invoke_o = first && cls == algorand_pkg::CLASS_INVOKE;
  assign x_leave_o  = first && cls == algorand_pkg::CLASS_RETURN && deep;

  // ---- Memory operand ----

  logic [15:0] address;    // computed, low bits
  logic        misaligned; // of a computed address
  logic        outside;
  logic [63:0] loaded;
  logic [63:0] merged;
  logic [17:0] slot;       // switch: address of the table entry
  logic [15:0] entry;      // its contents

  frame u_frame (
    .fault_i      (fault_i),
    .op_i         (x_op_q),
    .off_i        (x_off_q),
    .init_i       (x_init_q),
    .tos_i        (s_tos_q),
    .nos_i        (s_nos_q),
    .frame_rd_i   (frame_rd_i),
    .frame_rv_i   (frame_rv_i),
    .tag_rd_i     (tag_rd_i),
    .const_rd_i   (const_rd_i),
    .c_id_i       (c_id_i),
    .c_fbytes_i   (c_fbytes_i),
    .l_constlen_i (l_constlen_i),
    .hit_o        (frame_hit_o),
    .address_o    (address),
    .misaligned_o (misaligned),
    .outside_o    (outside),
    .loaded_o     (loaded),
    .merged_o     (merged)
  );

  assign slot = {2'b00, imm} + {1'b0, s_tos_q[15:0], 1'b0};

  always_comb begin : switch_entry
    case (x_off_q[2:1])
      2'd0: entry = const_rd_i[15:0];
      2'd1: entry = const_rd_i[31:16];
      2'd2: entry = const_rd_i[47:32];
      default: entry = const_rd_i[63:48];
    endcase
  end

  // ---- Arithmetic ----

  logic [63:0] arith_result;
  logic        arith_throw;  // of ALU or multiplier, with the result; of the divider, in step 0, instead
  logic [4:0]  arith_cause;
  logic        arith_done;
  logic        arith_last;

  arith u_arith (
    .clk_i    (clk_i),
    .rst_ni   (rst_ni),
    .fault_i  (fault_i),
    .go_i     (go),
    .step_i   (x_step_q),
    .class_i  (cls),
    .op_i     (x_op_q),
    .a_i      (s_nos_q),
    .b_i      (s_tos_q),
    .done_o   (arith_done),
    .last_o   (arith_last),
    .result_o (arith_result),
    .throw_o  (arith_throw),
    .cause_o  (arith_cause),
    .m_busy_o (m_busy_o),
    .m_cnt_o  (m_cnt_o),
    .m_row_o  (m_row_o),
    .m_hi_o   (m_hi_o),
    .m_lo_o   (m_lo_o),
    .v_busy_o (v_busy_o),
    .v_cnt_o  (v_cnt_o),
    .v_rem_o  (v_rem_o),
    .v_quo_o  (v_quo_o),
    .v_dv_o   (v_dv_o),
    .v_dv3_o  (v_dv3_o)
  );

  // ---- What the instruction does in this cycle ----

  logic        done;
  logic        throws;
  logic [4:0]  cause;
  logic        athrow;
  logic        finish;
  logic        redirect;    // other than that of a throw
  logic [16:0] target;
  logic        push;        // push_v goes on the stack
  logic [63:0] push_v;
  logic        refill;      // NOS takes the cell below it
  logic        tos_set;
  logic [63:0] tos_v;
  logic        nos_set;
  logic [63:0] nos_v;
  logic        taken;
  logic        branch_taken;
  logic [1:0]  results;     // on TOS, NOS, to compare at the retirement
  logic        again_q;     // planted fault extra_cycle: step 0 was done once

  assign branch_taken = (s_tos_q == 64'd0) == (x_op_q == algorand_pkg::OP_BRZ);

  always_comb begin : effect
    done         = 1'b0;
    throws       = 1'b0;
    cause        = 5'd0;
    athrow       = 1'b0;
    finish       = 1'b0;
    redirect     = 1'b0;
    target       = {1'b0, imm};
    push         = 1'b0;
    push_v       = loaded;
    refill       = 1'b0;
    tos_set      = 1'b0;
    tos_v        = s_nos_q;
    nos_set      = 1'b0;
    nos_v        = stack_rd_i;
    taken        = 1'b0;
    x_kind_o     = 5'd0;
    results     = 2'd0;
    x_keep_o     = 1'b0;
    x_b_we_o     = 1'b0;
    x_s_set_o    = 1'b0;
    x_s_new_o    = 8'd0;
    x_p_clear_o  = 1'b0;
    x_const_re_o = 1'b0;
    x_const_ra_o = s_tos_q[15:3];
    x_frame_re_o = 1'b0;
    x_frame_we_o = 1'b0;
    x_stack_re_o = 1'b0;
    x_stack_ra_o = c_sbase_i - 12'd2;
    x_stack_we_o = 1'b0;
    x_stack_wa_o = c_sbase_i + {4'd0, x_cnt_q} - 12'd2; // index of NOS
    x_stack_wd_o = s_nos_q;
    if (x_valid_q && x_exc_q != 5'd0) begin
      done   = 1'b1;
      cause  = x_exc_q;
      finish = x_exc_q == algorand_pkg::END_OUT_OF_FUEL;
      throws = !finish;
      x_kind_o = x_exc_q;
    end else if (x_valid_q) begin
      case (cls)
        algorand_pkg::CLASS_IMM: begin
          done     = 1'b1;
          push     = 1'b1;
          push_v   = x_imm_q;
          results = 2'd1;
        end

        algorand_pkg::CLASS_WHO: begin
          done     = 1'b1;
          push     = 1'b1;
          push_v   = x_op_q == algorand_pkg::OP_SELF ? l_app_i : 64'd0;
          results = 2'd1;
        end

        algorand_pkg::CLASS_STACK: begin
          done = 1'b1;
          case (x_op_q)
            algorand_pkg::OP_DUP: begin
              push     = 1'b1;
              push_v   = s_tos_q;
              results = 2'd2;
            end
            algorand_pkg::OP_OVER: begin
              push     = 1'b1;
              push_v   = s_nos_q;
              results = 2'd2;
            end
            algorand_pkg::OP_SWAP: begin
              tos_set  = 1'b1;
              nos_set  = 1'b1;
              nos_v    = s_tos_q;
              results = 2'd2;
            end
            default: begin // pop
              tos_set = 1'b1;
              refill  = 1'b1;
            end
          endcase
        end

        algorand_pkg::CLASS_ALU, algorand_pkg::CLASS_MUL, algorand_pkg::CLASS_DIV: begin
          done     = arith_done;
          throws   = arith_throw;
          cause    = arith_cause;
          tos_set  = arith_done && !(arith_throw && cls == algorand_pkg::CLASS_DIV);
          tos_v    = arith_result;
          refill   = tos_set && x_dec_q[14:13] == 2'd2; // binary
          results = 2'd1;
        end

        algorand_pkg::CLASS_LOAD, algorand_pkg::CLASS_CLOAD: begin
          done     = 1'b1;
          push     = 1'b1;
          results = 2'd1;
        end

        algorand_pkg::CLASS_STORE, algorand_pkg::CLASS_ARG: begin
          done         = 1'b1;
          x_frame_we_o = 1'b1;
          tos_set      = 1'b1;
          refill       = 1'b1;
        end

        algorand_pkg::CLASS_LOADX, algorand_pkg::CLASS_CLOADX: begin
          if (!x_step_q) begin
            throws       = misaligned || outside;
            done         = throws;
            cause        = misaligned ? algorand_pkg::CAUSE_ALIGNMENT : algorand_pkg::CAUSE_RANGE;
            x_frame_re_o = !throws && cls == algorand_pkg::CLASS_LOADX;
            x_const_re_o = !throws && cls == algorand_pkg::CLASS_CLOADX;
          end else begin
            done     = 1'b1;
            tos_set  = 1'b1;
            tos_v    = loaded;
            results = 2'd1;
          end
        end

        algorand_pkg::CLASS_STOREX: begin
          x_stack_ra_o = c_sbase_i + {4'd0, x_cnt_q} - 12'd4; // the second cell below NOS
          if (!x_step_q) begin
            throws       = misaligned || outside;
            done         = throws;
            cause        = misaligned ? algorand_pkg::CAUSE_ALIGNMENT : algorand_pkg::CAUSE_RANGE;
            x_frame_re_o = !throws;
            refill       = !throws; // the address is used up; the value stays on TOS
            x_stack_re_o = !throws && x_cnt_q >= 8'd4;
          end else begin
            done         = 1'b1;
            x_frame_we_o = 1'b1;
            tos_set      = 1'b1;
            nos_set      = x_cnt_q >= 8'd4;
          end
        end

        algorand_pkg::CLASS_BRANCH: begin
          done    = 1'b1;
          tos_set = 1'b1;
          refill  = 1'b1;
          taken   = branch_taken;
          throws  = taken && !in_code;
          cause   = algorand_pkg::CAUSE_TARGET;
          if (!throws && taken != x_pred_q) begin
            redirect = 1'b1;
            if (!taken) begin
              target = x_pc_q + 17'd3;
              x_keep_o = fault_i == algorand_pkg::FAULT_MISPREDICT_KEPT; // fault mispredict_kept
            end
          end
        end

        algorand_pkg::CLASS_SWITCH: begin
          x_const_ra_o = slot[15:3];
          if (!x_step_q) begin
            tos_set = 1'b1;
            refill  = 1'b1;
            if (s_tos_q[63:16] != 48'd0 || s_tos_q[15:0] > x_imm_q[31:16]
                || (s_tos_q[15:0] == x_imm_q[31:16]
                    && fault_i != algorand_pkg::FAULT_SWITCH_BOUND)) begin // fault switch_bound
              x_const_re_o = 1'b0; // falls through, in step 1
            end else if (imm[0]) begin
              done   = 1'b1;
              throws = 1'b1;
              cause  = algorand_pkg::CAUSE_ALIGNMENT;
            end else if (slot + 18'd2 > {1'b0, l_constlen_i}) begin
              done   = 1'b1;
              throws = 1'b1;
              cause  = algorand_pkg::CAUSE_RANGE;
            end else begin
              x_const_re_o = 1'b1;
            end
          end else begin
            done     = 1'b1;
            target   = {1'b0, entry};
            throws   = const_rv_i && {1'b0, entry} >= l_codelen_i; // no read: the index is above the table
            redirect = const_rv_i && !throws;
            cause    = algorand_pkg::CAUSE_TARGET;
          end
        end

        algorand_pkg::CLASS_INVOKE: begin
          if (!x_step_q) begin
            x_p_clear_o = !c_capacity_i;
            if (c_badargs_i) begin
              done   = 1'b1;
              throws = 1'b1;
              cause  = algorand_pkg::CAUSE_ARGUMENTS;
            end else if (c_capacity_i) begin
              done     = 1'b1;
              finish   = 1'b1;
              cause    = algorand_pkg::END_CAPACITY;
              x_kind_o = algorand_pkg::END_CAPACITY;
            end else begin
              // The two top cells go to the stack RAM, one a cycle.
              x_stack_we_o = x_cnt_q >= 8'd2;
              x_s_set_o    = 1'b1;
              target       = {1'b0, const_rd_i[15:0]};
              redirect     = !x_pred_q;
              x_b_we_o     = !x_pred_q;
            end
          end else begin
            done         = 1'b1;
            x_stack_we_o = x_cnt_q != 8'd0;
            x_stack_wa_o = c_sbase_i - 12'd1; // the new base: the cell below it is the invoker's top
            x_stack_wd_o = s_tos_q;
          end
        end

        algorand_pkg::CLASS_RETURN: begin
          if (!x_step_q && !deep) begin
            done     = 1'b1;
            finish   = 1'b1;
            x_kind_o = x_op_q == algorand_pkg::OP_IRETURN ? 5'd1 : 5'd0;
          end else if (!x_step_q) begin
            x_p_clear_o = 1'b1;
            x_s_set_o   = 1'b1;
            if (x_op_q == algorand_pkg::OP_IRETURN) begin
              x_s_new_o = call_cnt_i + 8'd1;
              nos_set   = call_cnt_i != 8'd0;
            end else begin
              x_s_new_o    = call_cnt_i;
              tos_set      = call_cnt_i != 8'd0;
              tos_v        = stack_rd_i;
              x_stack_re_o = call_cnt_i >= 8'd2;
            end
          end else begin
            done = 1'b1;
            if (x_op_q == algorand_pkg::OP_IRETURN) results = 2'd1;
            else nos_set = s_cnt_i >= 8'd2;
          end
        end

        algorand_pkg::CLASS_THROW: begin
          done   = 1'b1;
          throws = 1'b1;
          athrow = 1'b1;
          cause  = algorand_pkg::RETIRE_ATHROW;
        end

        algorand_pkg::CLASS_CATCH: begin
          done = 1'b1;
          if (x_taken_q) begin
            throws = !in_code;
            cause  = algorand_pkg::CAUSE_TARGET;
            if (in_code) begin
              redirect    = 1'b1;
              tos_set     = 1'b1;
              tos_v       = u_code_i;
              x_s_set_o   = 1'b1;
              x_s_new_o   = 8'd1;
              x_p_clear_o = fault_i != algorand_pkg::FAULT_CATCH_KEEPS_ARGS; // fault catch_keeps_args
              results    = 2'd1;
            end
          end else if (fault_i == algorand_pkg::FAULT_CATCH_FALLTHROUGH) begin
            redirect = 1'b1; // fault catch_fallthrough
          end
        end

        default: done = 1'b1; // Nop, Jump: F has followed it
      endcase
    end
    if (push) begin
      x_stack_we_o = x_cnt_q >= 8'd2;
      nos_set      = 1'b1;
      nos_v        = s_tos_q;
      tos_set      = 1'b1;
      tos_v        = push_v;
    end
    if (refill) nos_set = x_cnt_q >= 8'd3;
  end

  // ---- Ends of an instruction ----

  logic [63:0] thrown;

  always_comb begin : ends
    thrown = {1'b1, 58'd0, cause};
    if (athrow) begin
      thrown = {2'b00, s_tos_q[61:0]};
      if (fault_i == algorand_pkg::FAULT_ATHROW_FORGE) thrown[63] = s_tos_q[63]; // fault athrow_forge
    end
    x_redirect_o = redirect;
    x_target_o   = target;
    if (throws && cause != algorand_pkg::CAUSE_FETCH) begin
      x_redirect_o = 1'b1; // to the instruction textually after this one
      x_target_o   = x_pc_q + {13'd0, x_dec_q[8:5]};
    end
  end

  assign x_throw_o  = throws;
  assign x_nonext_o = cause == algorand_pkg::CAUSE_FETCH;
  assign x_thrown_o = thrown;
  assign x_finish_o = finish;
  assign x_value_o  = x_kind_o == 5'd1 ? s_tos_q : 64'd0;
  assign x_kill_o   = throws || finish || redirect;
  assign x_last_o   = done && x_step_q;
  assign x_code_o   = (throws || finish) ? cause : 5'd0;
  assign x_push_o   = (throws || finish) ? 2'd0 : results;
  assign x_retire_o = done
      && !(fault_i == algorand_pkg::FAULT_RETIRE_LOST && x_op_q == algorand_pkg::OP_IEQZ); // fault retire_lost

  // In its last step, by its registers alone: D and F need not wait for what the operands say. Where they end
  // an instruction earlier it throws or finishes, and that is a kill.
  always_comb begin : ready
    case (cls)
      algorand_pkg::CLASS_MUL, algorand_pkg::CLASS_DIV: x_ready_o = arith_last;
      algorand_pkg::CLASS_LOADX, algorand_pkg::CLASS_STOREX, algorand_pkg::CLASS_CLOADX,
      algorand_pkg::CLASS_SWITCH, algorand_pkg::CLASS_INVOKE, algorand_pkg::CLASS_RETURN: x_ready_o = x_step_q;
      default: x_ready_o = 1'b1;
    endcase
    if (!x_valid_q || x_exc_q != 5'd0
        || (fault_i == algorand_pkg::FAULT_LOST_STALL && first && cls == algorand_pkg::CLASS_LOADX)) x_ready_o = 1'b1; // fault lost_stall
  end

  // Whether an instruction in its last step kills: what an issue has to wait for. The verdicts of first steps, some of
  // them on data that a RAM delivers in the same cycle, are no part of it: there D is not ready anyway.
  always_comb begin : block
    case (cls)
      algorand_pkg::CLASS_ALU, algorand_pkg::CLASS_MUL: x_block_o = arith_throw;
      algorand_pkg::CLASS_BRANCH: x_block_o = (branch_taken && !in_code) || branch_taken != x_pred_q;
      algorand_pkg::CLASS_SWITCH: x_block_o = const_rv_i; // taken: a redirect or a throw
      algorand_pkg::CLASS_THROW: x_block_o = 1'b1;
      algorand_pkg::CLASS_CATCH: x_block_o = x_taken_q || fault_i == algorand_pkg::FAULT_CATCH_FALLTHROUGH;
      default: x_block_o = 1'b0;
    endcase
    if (x_exc_q != 5'd0) x_block_o = 1'b1;
    if (!x_valid_q) x_block_o = 1'b0;
  end

  assign x_const_sel_o = x_valid_q && !x_step_q
      && (cls == algorand_pkg::CLASS_CLOADX || cls == algorand_pkg::CLASS_SWITCH);
  assign x_frame_sel_o = x_valid_q && !x_step_q
      && (cls == algorand_pkg::CLASS_LOADX || cls == algorand_pkg::CLASS_STOREX);
  assign x_stack_sel_o = x_valid_q && !x_step_q
      && (cls == algorand_pkg::CLASS_STOREX || cls == algorand_pkg::CLASS_RETURN);

  assign x_frame_ra_o = c_fbase_i + address[14:3];
  assign x_frame_wd_o = merged;
  assign x_tag_wd_o   = cls == algorand_pkg::CLASS_ARG ? 32'd0 : c_id_i;

  // ---- Registers ----

  always_ff @(posedge clk_i) begin : pipeline
    if (!rst_ni) begin
      x_valid_q <= 1'b0;
      x_pc_q    <= 17'd0;
      x_op_q    <= 8'd0;
      x_dec_q   <= 20'd0;
      x_imm_q   <= 64'd0;
      x_exc_q   <= 5'd0;
      x_cnt_q   <= 8'd0;
      x_pred_q  <= 1'b0;
      x_taken_q <= 1'b0;
      x_step_q  <= 1'b0;
      x_word_q  <= 12'd0;
      x_off_q   <= 3'd0;
      x_init_q  <= 1'b0;
      again_q   <= 1'b0;
    end else begin
      again_q <= 1'b0;
      if (x_frame_re_o) begin
        x_word_q <= x_frame_ra_o;
        x_init_q <= address[15:3] < {4'd0, c_argw_i};
      end
      if (x_frame_re_o || x_const_re_o) x_off_q <= cls == algorand_pkg::CLASS_SWITCH ? slot[2:0] : address[2:0];
      if (d_issue_i) begin
        x_valid_q <= 1'b1;
        x_pc_q    <= d_pc_i;
        x_op_q    <= d_op_i;
        x_dec_q   <= d_dec_i;
        x_imm_q   <= d_imm_i;
        x_exc_q   <= d_exc_i;
        x_cnt_q   <= s_cnt_i;
        x_pred_q  <= d_pred_i;
        x_taken_q <= u_look_i;
        x_step_q  <= 1'b0;
        if (d_word_set_i) begin
          x_word_q <= d_word_i;
          x_init_q <= d_init_i;
        end
        if (d_off_set_i) x_off_q <= d_off_i;
      end else if (done) begin
        x_valid_q <= 1'b0;
      end else if (x_valid_q) begin
        x_step_q <= 1'b1;
        if (fault_i == algorand_pkg::FAULT_EXTRA_CYCLE && cls == algorand_pkg::CLASS_LOADX && !again_q) begin
          x_step_q <= 1'b0; // fault extra_cycle
          again_q  <= 1'b1;
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin : stack_top
    if (!rst_ni || l_start_i) begin
      s_tos_q <= 64'd0;
      s_nos_q <= 64'd0;
    end else begin
      if (tos_set) s_tos_q <= tos_v;
      if (nos_set) s_nos_q <= nos_v;
    end
  end

`ifndef SYNTHESIS
  logic [12:0] frame_end;
  assign frame_end = {1'b0, c_fbase_i} + {4'd0, c_fbytes_i[11:3]} + {12'd0, c_fbytes_i[2:0] != 3'd0};

  always_ff @(posedge clk_i) begin : checks
    if (rst_ni && fault_i == 6'd0) begin
      // What the decoder says of x_op_q, looked up by F.
      assert (!x_valid_q || x_dec_q == algorand_pkg::decode(x_op_q));
      // What D waits for is what kills it.
      assert (!x_ready_o || x_block_o == x_kill_o);
      // A read port belongs to X when X reads.
      assert (x_const_sel_o || !x_const_re_o);
      assert (x_frame_sel_o || !x_frame_re_o);
      assert (x_stack_sel_o || !x_stack_re_o);
      // An instruction enters only an empty or emptied X.
      assert (!d_issue_i || !x_valid_q || done);
      // Redirects, throws and finishes are the last act, except the redirect of an invocation.
      assert (!(throws || finish || redirect) || done || cls == algorand_pkg::CLASS_INVOKE);
      assert (!(throws && finish));
      // Units run only under their instruction.
      assert (!m_busy_o || (x_valid_q && cls == algorand_pkg::CLASS_MUL));
      assert (!v_busy_o || (x_valid_q && cls == algorand_pkg::CLASS_DIV));
      // Isolation of frames: stores inside the method's frame, arguments in the 256 words above it.
      assert (!(x_frame_we_o && cls != algorand_pkg::CLASS_ARG)
          || (x_word_q >= c_fbase_i && {1'b0, x_word_q} < frame_end));
      assert (!(x_frame_we_o && cls == algorand_pkg::CLASS_ARG)
          || ({1'b0, x_word_q} >= frame_end && {1'b0, x_word_q} < frame_end + 13'd256));
      assert (!x_frame_re_o || (x_frame_ra_o >= c_fbase_i && {1'b0, x_frame_ra_o} < frame_end));
      // Isolation of stacks: writes stay in the method's own cells; an invocation's second write belongs to
      // the invoker, directly below the new base.
      assert (!x_stack_we_o || (x_calls_o || !x_step_q
          ? x_stack_wa_o >= c_sbase_i && {1'b0, x_stack_wa_o} < {1'b0, c_sbase_i} + 13'd128
          : cls == algorand_pkg::CLASS_INVOKE && x_stack_wa_o == c_sbase_i - 12'd1));
      // D charged, counted and read for a method that exists.
      assert (!x_valid_q || c_depth_i != 10'd0);
      // A jump that reaches X was followed by F.
      assert (!(go && cls == algorand_pkg::CLASS_JUMP) || x_pred_q);
      // Only a catch is issued while unwind looks.
      assert (!(x_valid_q && x_taken_q) || cls == algorand_pkg::CLASS_CATCH);
    end
  end
`endif

endmodule

`default_nettype wire
