// Effect: what the instruction in X does in this cycle.
//
// One case for each class of instructions; no state but that of the units: it is in execute.sv and tos.sv. done_o is
// the instruction's last cycle. throws_o and finish_o end it with cause_o; redirect_o sends F to target_o. The cells of
// the stack change by push_o, or by tos_set_o and nos_set_o; spill_o puts a cell of an invoker away.
// What throws or finishes does nothing else, except that ALU and multiplier deliver their wrapped result, and that
// branches and switch have popped.
`default_nettype none

module effect (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  // The instruction.
  input  logic         x_valid_i,
  input  logic [7:0]   x_op_i,
  input  logic [63:0]  x_imm_i,
  input  logic [4:0]   x_exc_i,
  input  logic [7:0]   x_cnt_i,
  input  logic [16:0]  x_pc_i,
  input  logic [1:0]   x_step_i,
  input  logic [1:0]   x_slot_i,
  input  logic         x_pred_i,
  input  logic         x_taken_i,
  input  logic [2:0]   x_off_i,
  input  logic         x_init_i,
  input  logic [63:0]  s_tos_i,
  input  logic [63:0]  s_nos_i,
  input  logic [4:0]   x_class_i,
  input  logic         x_go_i,             // no exception found by D
  input  logic         x_first_i,          // step 0
  input  logic         x_deep_i,           // the method has an invoker
  input  logic [15:0]  imm_i,
  input  logic         in_code_i,          // imm_i is
  input  logic         entry_public_i,
  input  logic         x_binary_i,         // pops two cells
  // What it depends on.
  input  logic [7:0]   s_cnt_i,
  input  logic [63:0]  u_code_i,
  input  logic         c_badargs_i,
  input  logic         c_capacity_i,
  input  logic [11:0]  c_fbytes_i,
  input  logic [31:0]  c_id_i,
  input  logic [11:0]  c_sbase_i,
  input  logic [1:0]   g_slot_i,
  input  logic [63:0]  g_app_i,
  input  logic [63:0]  g_caller_i,
  input  logic [14:0]  g_codelen_i,
  input  logic [14:0]  g_constlen_i,
  input  logic         g_found_i,
  input  logic [15:0]  g_entries_i,
  input  logic         g_idle_i,
  input  logic [1:0]   g_fail_i,
  input  logic         n_push_i,
  input  logic         n_last_i,
  input  logic         n_asked_i,
  input  logic [7:0]   n_word_i,
  input  logic [63:0]  h_data_i,
  input  logic         p_hit_i,
  input  logic         p_here_i,
  input  logic [7:0]   p_size_i,
  input  logic [7:0]   p_clear_i,
  input  logic         a_goes_i,
  input  logic         a_ends_i,
  input  logic         a_throws_i,
  input  logic         a_finish_i,
  input  logic [4:0]   a_cause_i,
  input  logic [63:0]  const_rd_i,
  input  logic         const_rv_i,
  input  logic [63:0]  stack_rd_i,
  input  logic         stack_rv_i,
  input  logic [63:0]  frame_rd_i,
  input  logic [31:0]  tag_rd_i,
  input  logic         frame_rv_i,
  input  logic [7:0]   call_cnt_i,         // cnt of the call word
  // What it does.
  output logic         done_o,             // its last cycle
  output logic         throws_o,
  output logic [4:0]   cause_o,
  output logic         athrow_o,           // the code is TOS
  output logic         finish_o,
  output logic         redirect_o,         // other than that of a throw
  output logic [16:0]  target_o,
  output logic [1:0]   step_d_o,           // of an instruction that is not done
  output logic         push_o,             // push_v goes on the stack
  output logic [63:0]  push_v_o,
  output logic [7:0]   push_cnt_o,         // at this depth
  output logic         spill_o,            // a cell goes to the stack RAM
  output logic [11:0]  spill_wa_o,
  output logic [63:0]  spill_wd_o,
  output logic         tos_set_o,
  output logic [63:0]  tos_v_o,
  output logic         nos_set_o,
  output logic [63:0]  nos_v_o,
  output logic         stack_re_o,
  output logic [11:0]  stack_ra_o,
  output logic [1:0]   results_o,          // on TOS, NOS, to compare at the retirement
  output logic         branch_taken_o,
  output logic         arith_throw_o,
  output logic         arith_last_o,
  output logic [15:0]  address_o,          // computed, low bits
  output logic [2:0]   offset_o,           // byte in the word that is read
  output logic [63:0]  merged_o,
  // RAM ports, controls, units, as in execute.sv.
  output logic         frame_hit_o,
  output logic         x_keep_o,
  output logic         x_b_we_o,
  output logic         x_fill_o,
  output logic [4:0]   x_kind_o,
  output logic         x_s_set_o,
  output logic [7:0]   x_s_new_o,
  output logic         x_p_clear_o,
  output logic         x_const_re_o,
  output logic [12:0]  x_const_ra_o,
  output logic         x_frame_re_o,
  output logic         x_frame_we_o,
  output logic         m_busy_o,
  output logic         v_busy_o
);

  // ---- Memory operand ----

  logic        misaligned; // of a computed address_o
  logic        outside;
  logic [63:0] loaded;
  logic [17:0] slot;       // switch: address_o of the table entry
  logic [15:0] entry;      // its contents

  frame u_frame (
    .fault_i      (fault_i),
    .op_i         (x_op_i),
    .off_i        (x_off_i),
    .init_i       (x_init_i),
    .tos_i        (s_tos_i),
    .nos_i        (s_nos_i),
    .frame_rd_i   (frame_rd_i),
    .frame_rv_i   (frame_rv_i),
    .tag_rd_i     (tag_rd_i),
    .const_rd_i   (const_rd_i),
    .c_id_i       (c_id_i),
    .c_fbytes_i   (c_fbytes_i),
    .g_constlen_i (g_constlen_i),
    .hit_o        (frame_hit_o),
    .address_o    (address_o),
    .misaligned_o (misaligned),
    .outside_o    (outside),
    .loaded_o     (loaded),
    .merged_o     (merged_o)
  );

  assign slot = {2'b00, imm_i} + {1'b0, s_tos_i[15:0], 1'b0};

  always_comb begin : switch_entry
    case (x_off_i[2:1])
      2'd0: entry = const_rd_i[15:0];
      2'd1: entry = const_rd_i[31:16];
      2'd2: entry = const_rd_i[47:32];
      default: entry = const_rd_i[63:48];
    endcase
  end

  // ---- Arithmetic ----

  logic [63:0] arith_result;
  logic [4:0]  arith_cause;
  logic        arith_done;

  arith u_arith (
    .clk_i    (clk_i),
    .rst_ni   (rst_ni),
    .fault_i  (fault_i),
    .go_i     (x_go_i),
    .step_i   (!x_first_i),
    .class_i  (x_class_i),
    .op_i     (x_op_i),
    .a_i      (s_nos_i),
    .b_i      (s_tos_i),
    .done_o   (arith_done),
    .last_o   (arith_last_o),
    .result_o (arith_result),
    .throw_o  (arith_throw_o),
    .cause_o  (arith_cause),
    .m_busy_o (m_busy_o),
    .v_busy_o (v_busy_o)
  );

  // ---- The effect ----

  logic        refill;      // NOS takes the cell below it
  logic        taken;

  assign branch_taken_o = (s_tos_i == 64'd0) == (x_op_i == algorand_pkg::OP_BRZ);

  always_comb begin : effect
    done_o         = 1'b0;
    throws_o       = 1'b0;
    cause_o        = 5'd0;
    athrow_o       = 1'b0;
    finish_o       = 1'b0;
    redirect_o     = 1'b0;
    target_o       = {1'b0, imm_i};
    step_d_o       = 2'd1;
    push_o         = 1'b0;
    push_v_o       = loaded;
    push_cnt_o     = x_cnt_i;
    spill_o        = 1'b0;
    spill_wa_o     = c_sbase_i + {4'd0, x_cnt_i} - 12'd2; // index of NOS
    spill_wd_o     = s_nos_i;
    refill       = 1'b0;
    tos_set_o      = 1'b0;
    tos_v_o        = s_nos_i;
    nos_set_o      = 1'b0;
    nos_v_o        = stack_rd_i;
    taken        = 1'b0;
    x_kind_o     = 5'd0;
    results_o      = 2'd0;
    x_keep_o     = 1'b0;
    x_b_we_o     = 1'b0;
    x_s_set_o    = 1'b0;
    x_s_new_o    = 8'd0;
    x_p_clear_o  = 1'b0;
    x_const_re_o = 1'b0;
    x_const_ra_o = {g_slot_i, s_tos_i[13:3]};
    x_fill_o     = 1'b0;
    x_frame_re_o = 1'b0;
    x_frame_we_o = 1'b0;
    stack_re_o     = 1'b0;
    stack_ra_o     = c_sbase_i - 12'd2;
    if (x_valid_i && x_exc_i != 5'd0) begin
      done_o   = 1'b1;
      cause_o  = x_exc_i;
      finish_o = x_exc_i == algorand_pkg::END_OUT_OF_FUEL;
      throws_o = !finish_o;
      x_kind_o = x_exc_i;
    end else if (x_valid_i) begin
      case (x_class_i)
        algorand_pkg::CLASS_IMM: begin
          done_o     = 1'b1;
          push_o     = 1'b1;
          push_v_o   = x_imm_i;
          results_o = 2'd1;
        end

        algorand_pkg::CLASS_WHO: begin
          done_o     = 1'b1;
          push_o     = 1'b1;
          push_v_o   = x_op_i == algorand_pkg::OP_SELF ? g_app_i : g_caller_i;
          results_o = 2'd1;
        end

        algorand_pkg::CLASS_STACK: begin
          done_o = 1'b1;
          case (x_op_i)
            algorand_pkg::OP_DUP: begin
              push_o     = 1'b1;
              push_v_o   = s_tos_i;
              results_o = 2'd2;
            end
            algorand_pkg::OP_OVER: begin
              push_o     = 1'b1;
              push_v_o   = s_nos_i;
              results_o = 2'd2;
            end
            algorand_pkg::OP_SWAP: begin
              tos_set_o  = 1'b1;
              nos_set_o  = 1'b1;
              nos_v_o    = s_tos_i;
              results_o = 2'd2;
            end
            default: begin // pop
              tos_set_o = 1'b1;
              refill  = 1'b1;
            end
          endcase
        end

        algorand_pkg::CLASS_ALU, algorand_pkg::CLASS_MUL, algorand_pkg::CLASS_DIV: begin
          done_o     = arith_done;
          throws_o   = arith_throw_o;
          cause_o    = arith_cause;
          tos_set_o  = arith_done && !(arith_throw_o && x_class_i == algorand_pkg::CLASS_DIV);
          tos_v_o    = arith_result;
          refill   = tos_set_o && x_binary_i;
          results_o = 2'd1;
        end

        algorand_pkg::CLASS_LOAD, algorand_pkg::CLASS_CLOAD: begin
          done_o     = 1'b1;
          push_o     = 1'b1;
          results_o = 2'd1;
        end

        algorand_pkg::CLASS_STORE, algorand_pkg::CLASS_ARG: begin
          done_o         = 1'b1;
          x_frame_we_o = 1'b1;
          tos_set_o      = 1'b1;
          refill       = 1'b1;
        end

        algorand_pkg::CLASS_LOADX, algorand_pkg::CLASS_CLOADX: begin
          if (x_first_i) begin
            throws_o       = misaligned || outside;
            done_o         = throws_o;
            cause_o        = misaligned ? algorand_pkg::CAUSE_ALIGNMENT : algorand_pkg::CAUSE_RANGE;
            x_frame_re_o = !throws_o && x_class_i == algorand_pkg::CLASS_LOADX;
            x_const_re_o = !throws_o && x_class_i == algorand_pkg::CLASS_CLOADX;
          end else begin
            done_o     = 1'b1;
            tos_set_o  = 1'b1;
            tos_v_o    = loaded;
            results_o = 2'd1;
          end
        end

        algorand_pkg::CLASS_STOREX: begin
          stack_ra_o     = c_sbase_i + {4'd0, x_cnt_i} - 12'd4; // the second cell below NOS
          if (x_first_i) begin
            throws_o       = misaligned || outside;
            done_o         = throws_o;
            cause_o        = misaligned ? algorand_pkg::CAUSE_ALIGNMENT : algorand_pkg::CAUSE_RANGE;
            x_frame_re_o = !throws_o;
            refill       = !throws_o; // the address_o is used up; the value stays on TOS
            stack_re_o     = !throws_o && x_cnt_i >= 8'd4;
          end else begin
            done_o         = 1'b1;
            x_frame_we_o = 1'b1;
            tos_set_o      = 1'b1;
            nos_set_o      = x_cnt_i >= 8'd4;
          end
        end

        algorand_pkg::CLASS_BRANCH: begin
          done_o    = 1'b1;
          tos_set_o = 1'b1;
          refill  = 1'b1;
          taken   = branch_taken_o;
          throws_o  = taken && !in_code_i;
          cause_o   = algorand_pkg::CAUSE_TARGET;
          if (!throws_o && taken != x_pred_i) begin
            redirect_o = 1'b1;
            if (!taken) begin
              target_o = x_pc_i + 17'd3;
              x_keep_o = fault_i == algorand_pkg::FAULT_MISPREDICT_KEPT; // fault mispredict_kept
            end
          end
        end

        algorand_pkg::CLASS_SWITCH: begin
          x_const_ra_o = {g_slot_i, slot[13:3]};
          if (x_first_i) begin
            tos_set_o = 1'b1;
            refill  = 1'b1;
            if (s_tos_i[63:16] != 48'd0 || s_tos_i[15:0] > x_imm_i[31:16]
                || (s_tos_i[15:0] == x_imm_i[31:16]
                    && fault_i != algorand_pkg::FAULT_SWITCH_BOUND)) begin // fault switch_bound
              x_const_re_o = 1'b0; // falls through, in step 1
            end else if (imm_i[0]) begin
              done_o   = 1'b1;
              throws_o = 1'b1;
              cause_o  = algorand_pkg::CAUSE_ALIGNMENT;
            end else if (slot + 18'd2 > {3'd0, g_constlen_i}) begin
              done_o   = 1'b1;
              throws_o = 1'b1;
              cause_o  = algorand_pkg::CAUSE_RANGE;
            end else begin
              x_const_re_o = 1'b1;
            end
          end else begin
            done_o     = 1'b1;
            target_o   = {1'b0, entry};
            throws_o   = const_rv_i && entry >= {1'b0, g_codelen_i}; // no read: the index is above the table
            redirect_o = const_rv_i && !throws_o;
            cause_o    = algorand_pkg::CAUSE_TARGET;
          end
        end

        algorand_pkg::CLASS_INVOKE: begin
          if (x_first_i) begin
            x_p_clear_o = !c_capacity_i;
            if (c_badargs_i) begin
              done_o   = 1'b1;
              throws_o = 1'b1;
              cause_o  = algorand_pkg::CAUSE_ARGUMENTS;
            end else if (c_capacity_i) begin
              done_o     = 1'b1;
              finish_o   = 1'b1;
              cause_o    = algorand_pkg::END_CAPACITY;
              x_kind_o = algorand_pkg::END_CAPACITY;
            end else begin
              // The two top cells x_go_i to the stack RAM, one a cycle.
              spill_o     = x_cnt_i >= 8'd2;
              x_s_set_o = 1'b1;
              target_o    = {1'b0, const_rd_i[15:0]};
              redirect_o  = !x_pred_i;
              x_b_we_o  = !x_pred_i;
            end
          end else begin
            done_o     = 1'b1;
            spill_o    = x_cnt_i != 8'd0;
            spill_wa_o = c_sbase_i - 12'd1; // the new base: the cell below it is the invoker's top
            spill_wd_o = s_tos_i;
          end
        end

        algorand_pkg::CLASS_RETURN: begin
          if (x_first_i && !x_deep_i) begin
            done_o     = 1'b1;
            finish_o   = 1'b1;
            x_kind_o = x_op_i == algorand_pkg::OP_IRETURN ? 5'd1 : 5'd0;
          end else if (x_first_i) begin
            x_p_clear_o = 1'b1;
            x_s_set_o   = 1'b1;
            if (x_op_i == algorand_pkg::OP_IRETURN) begin
              x_s_new_o = call_cnt_i + 8'd1;
              nos_set_o   = call_cnt_i != 8'd0;
            end else begin
              x_s_new_o    = call_cnt_i;
              tos_set_o      = call_cnt_i != 8'd0;
              tos_v_o        = stack_rd_i;
              stack_re_o     = call_cnt_i >= 8'd2;
            end
          end else begin
            done_o = 1'b1;
            if (x_op_i == algorand_pkg::OP_IRETURN) results_o = 2'd1;
            else nos_set_o = s_cnt_i >= 8'd2;
          end
        end

        algorand_pkg::CLASS_INVOKE_EXTERNAL: begin
          step_d_o       = x_step_i;
          x_const_ra_o = {x_slot_i, s_tos_i[10:0] + 11'd1}; // the method's table entry
          target_o       = {1'b0, const_rd_i[15:0]};
          if (x_first_i) begin
            if (g_found_i) begin
              step_d_o = 2'd1;
            end else if (g_fail_i != 2'd0) begin
              done_o     = 1'b1;
              finish_o   = g_fail_i == 2'd1;
              throws_o   = !finish_o;
              cause_o    = finish_o ? algorand_pkg::END_REJECTED : algorand_pkg::CAUSE_APPLICATION;
              x_kind_o = algorand_pkg::END_REJECTED;
            end else begin
              x_fill_o = g_idle_i;
            end
          end else if (x_step_i == 2'd1) begin
            throws_o       = s_tos_i[63:16] != 48'd0 || s_tos_i[15:0] >= g_entries_i;
            done_o         = throws_o;
            cause_o        = algorand_pkg::CAUSE_METHOD;
            x_const_re_o = !throws_o;
            step_d_o       = 2'd2;
          end else if (x_step_i == 2'd2) begin
            throws_o   = !entry_public_i || c_badargs_i;
            finish_o   = entry_public_i && c_capacity_i;
            done_o     = throws_o || finish_o;
            step_d_o   = 2'd3;
            x_kind_o = algorand_pkg::END_CAPACITY;
            if (!entry_public_i) cause_o = algorand_pkg::CAUSE_ACCESS;
            else if (c_badargs_i) cause_o = algorand_pkg::CAUSE_ARGUMENTS;
            else cause_o = algorand_pkg::END_CAPACITY;
          end else begin // admissible
            done_o     = 1'b1;
            redirect_o = 1'b1;
            x_s_set_o  = 1'b1;
          end
          x_p_clear_o = throws_o || redirect_o;
        end

        algorand_pkg::CLASS_INVOKE_NATIVE: begin
          done_o        = n_last_i;
          push_o        = n_push_i;
          push_v_o      = h_data_i;
          push_cnt_o    = x_cnt_i + n_word_i;
          x_p_clear_o = n_asked_i;
          results_o     = algorand_pkg::native_results(imm_i) == 3'd1 ? 2'd1 : 2'd2;
        end

        algorand_pkg::CLASS_HLOAD, algorand_pkg::CLASS_HSTORE, algorand_pkg::CLASS_PAGE: begin
          stack_ra_o     = c_sbase_i + {4'd0, x_cnt_i} - 12'd4;
          cause_o        = a_cause_i;
          throws_o       = a_throws_i;
          finish_o       = a_finish_i;
          x_kind_o     = a_cause_i;
          if (x_step_i[1]) begin // palloc clears
            done_o    = p_clear_i == 8'd1;
            nos_set_o = stack_rv_i;
            step_d_o  = 2'd2;
          end else if (a_ends_i) begin
            done_o = 1'b1;
          end else if (!a_goes_i) begin
            if (p_hit_i && !p_here_i && fault_i != algorand_pkg::FAULT_PAGE_STALL) step_d_o = 2'd0; // fault page_stall
          end else if (x_class_i == algorand_pkg::CLASS_HLOAD) begin
            done_o    = 1'b1;
            refill  = 1'b1;
            results_o = 2'd1;
          end else if (x_class_i == algorand_pkg::CLASS_HSTORE) begin
            done_o         = 1'b1;
            stack_re_o     = x_cnt_i >= 8'd4;
          end else if (x_op_i == algorand_pkg::OP_PALLOC) begin
            step_d_o       = 2'd2;
            tos_set_o      = x_cnt_i >= 8'd3;
            tos_v_o        = stack_rd_i;
            stack_re_o     = x_cnt_i >= 8'd4;
          end else if (x_op_i == algorand_pkg::OP_PFREE) begin
            done_o    = 1'b1;
            tos_set_o = 1'b1;
            refill  = 1'b1;
          end else begin // psize
            done_o    = 1'b1;
            tos_set_o = 1'b1;
            tos_v_o   = {53'd0, p_size_i, 3'b000};
            results_o = 2'd1;
          end
        end

        algorand_pkg::CLASS_THROW: begin
          done_o   = 1'b1;
          throws_o = 1'b1;
          athrow_o = 1'b1;
          cause_o  = algorand_pkg::RETIRE_ATHROW;
        end

        algorand_pkg::CLASS_CATCH: begin
          done_o = 1'b1;
          if (x_taken_i) begin
            throws_o = !in_code_i;
            cause_o  = algorand_pkg::CAUSE_TARGET;
            if (in_code_i) begin
              redirect_o    = 1'b1;
              tos_set_o     = 1'b1;
              tos_v_o       = u_code_i;
              x_s_set_o   = 1'b1;
              x_s_new_o   = 8'd1;
              x_p_clear_o = fault_i != algorand_pkg::FAULT_CATCH_KEEPS_ARGS; // fault catch_keeps_args
              results_o    = 2'd1;
            end
          end else if (fault_i == algorand_pkg::FAULT_CATCH_FALLTHROUGH) begin
            redirect_o = 1'b1; // fault catch_fallthrough
          end
        end

        default: done_o = 1'b1; // Nop, Jump: F has followed it
      endcase
    end
    if (refill) nos_set_o = x_cnt_i >= 8'd3;
  end

  assign offset_o = x_class_i == algorand_pkg::CLASS_SWITCH ? slot[2:0] : address_o[2:0];

endmodule

`default_nettype wire
