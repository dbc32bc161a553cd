// SPDX-License-Identifier: MIT OR Apache-2.0
// Effect: what the instruction in X does in this cycle.
//
// One case for each class of instructions; no state but that of the units: it is in execute.sv and tos.sv. done is
// the instruction's last cycle. throws and finish end it with cause; redirect sends F to target. The cells of
// the stack change by push, or by tos_set and nos_set; spill puts a cell of an invoker away.
// What throws or finishes does nothing else, except that ALU and multiplier deliver their wrapped result, and that
// branches and switch have popped; tos.sv mends the two cells then. A throw leaves x_kept cells.
`default_nettype none

module effect (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  // The instruction.
  input  logic        x_valid_q,
  input  logic [7:0]  x_op_q,
  input  logic [63:0] x_imm_q,
  input  logic [4:0]  x_exc_q,
  input  logic [7:0]  x_cnt_q,
  input  logic [16:0] x_pc_q,
  input  logic [1:0]  x_step_q,
  input  logic [1:0]  x_slot_q,
  input  logic        x_pred_q,
  input  logic        x_taken_q,
  input  logic [2:0]  x_off_q,
  input  logic        x_init_q,
  input  logic [63:0] s_tos_q,
  input  logic [63:0] s_nos_q,
  input  logic [4:0]  cls,
  input  logic        go,       // no exception found by D
  input  logic        step0,    // step 0
  input  logic        deep,     // the method has an invoker
  input  logic [15:0] imm,
  input  logic        in_code,  // imm is
  input  logic        entry_public,
  input  logic        x_binary, // pops two cells
  input  logic [7:0]  x_kept,   // cells that stay if it throws
  // What it depends on.
  input  logic [7:0]  s_cnt_q,
  input  logic [63:0] u_code_q,
  input  logic        c_badargs,
  input  logic        c_capacity,
  input  logic [11:0] c_fbytes_q,
  input  logic [31:0] c_id_q,
  input  logic [11:0] c_sbase_q,
  input  logic [1:0]  g_slot_q,
  input  logic [63:0] g_app_q,
  input  logic [63:0] g_caller_q,
  input  logic [14:0] g_codelen_q,
  input  logic [14:0] g_constlen_q,
  input  logic        g_found,
  input  logic [15:0] g_entries,
  input  logic        g_idle,
  input  logic [1:0]  g_fail_q,
  input  logic        n_push,
  input  logic        n_last,
  input  logic        n_asked,
  input  logic [7:0]  n_word,
  input  logic [63:0] h_data_q,
  input  logic [7:0]  p_size,
  input  logic [7:0]  p_clear_q,
  input  logic        a_goes,
  input  logic        a_ends,
  input  logic        a_throws,
  input  logic        a_finish,
  input  logic [4:0]  a_cause,
  input  logic [63:0] const_rd,
  input  logic        const_rv_q,
  input  logic [63:0] stack_rd,
  input  logic        stack_rv_q,
  input  logic [63:0] frame_rd,
  input  logic [31:0] tag_rd,
  input  logic        frame_rv_q,
  input  logic [7:0]  call_cnt, // cnt of the call word
  // What it does.
  output logic        done,     // its last cycle
  output logic        throws,
  output logic [4:0]  cause,
  output logic        athrow,   // the code is TOS
  output logic        finish,
  output logic        redirect, // other than that of a throw
  output logic [16:0] target,
  output logic [1:0]  step_d,   // of an instruction that is not done
  output logic        push,     // push_v goes on the stack
  output logic [63:0] push_v,
  output logic [7:0]  push_cnt, // at this depth
  output logic        spill,    // a cell goes to the stack RAM
  output logic [11:0] spill_wa,
  output logic [63:0] spill_wd,
  output logic        tos_set,
  output logic [63:0] tos_v,
  output logic        nos_set,
  output logic [63:0] nos_v,
  output logic        stack_re,
  output logic [11:0] stack_ra,
  output logic [1:0]  results,  // on TOS, NOS, to compare at the retirement
  output logic        branch_taken,
  output logic        arith_throw,
  output logic        arith_last,
  output logic [15:0] address,  // computed, low bits
  output logic [2:0]  offset,   // byte in the word that is read
  output logic [63:0] merged,
  // RAM ports, controls, units, as in execute.sv.
  output logic        frame_hit,
  output logic        x_keep,
  output logic        x_b_we,
  output logic        x_fill,
  output logic [4:0]  x_kind,
  output logic        x_s_set,
  output logic [7:0]  x_s_new,
  output logic        x_p_clear,
  output logic        x_const_re,
  output logic [12:0] x_const_ra,
  output logic        x_frame_re,
  output logic        x_frame_we,
  output logic        m_busy,
  output logic        v_busy
);

  // ---- Memory operand ----

  logic        misaligned; // of a computed address
  logic        outside;
  logic [63:0] loaded;
  logic [17:0] slot;       // switch: address of the table entry
  logic [15:0] entry;      // its contents

  frame u_frame (
    .fault_i      (fault_i),
    .op_i         (x_op_q),
    .off_i        (x_off_q),
    .init_i       (x_init_q),
    .tos_i        (s_tos_q),
    .nos_i        (s_nos_q),
    .frame_rd_i   (frame_rd),
    .frame_rv_i   (frame_rv_q),
    .tag_rd_i     (tag_rd),
    .const_rd_i   (const_rd),
    .c_id_i       (c_id_q),
    .c_fbytes_i   (c_fbytes_q),
    .g_constlen_i (g_constlen_q),
    .hit_o        (frame_hit),
    .address_o    (address),
    .misaligned_o (misaligned),
    .outside_o    (outside),
    .loaded_o     (loaded),
    .merged_o     (merged)
  );

  assign slot = {2'b00, imm} + {1'b0, s_tos_q[15:0], 1'b0};

  always_comb begin : switch_entry
    case (x_off_q[2:1])
      2'd0: entry = const_rd[15:0];
      2'd1: entry = const_rd[31:16];
      2'd2: entry = const_rd[47:32];
      default: entry = const_rd[63:48];
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
    .go_i     (go),
    .step_i   (!step0),
    .class_i  (cls),
    .op_i     (x_op_q),
    .a_i      (s_nos_q),
    .b_i      (s_tos_q),
    .done_o   (arith_done),
    .last_o   (arith_last),
    .result_o (arith_result),
    .throw_o  (arith_throw),
    .cause_o  (arith_cause),
    .m_busy_o (m_busy),
    .v_busy_o (v_busy)
  );

  // ---- The effect ----

  logic        refill;      // NOS takes the cell below it
  logic        taken;
  logic        full;        // no cell is free

  assign full = x_cnt_q == 8'(algorand_pkg::STACK_LIMIT);

  assign branch_taken = (s_tos_q == 64'd0) == (x_op_q == algorand_pkg::OP_BRZ);

  always_comb begin : effect
    done       = 1'b0;
    throws     = 1'b0;
    cause      = 5'd0;
    athrow     = 1'b0;
    finish     = 1'b0;
    redirect   = 1'b0;
    target     = {1'b0, imm};
    step_d     = 2'd1;
    push       = 1'b0;
    push_v     = loaded;
    push_cnt   = x_cnt_q;
    spill      = 1'b0;
    spill_wa   = c_sbase_q + {4'd0, x_cnt_q} - 12'd2; // index of NOS
    spill_wd   = s_nos_q;
    refill     = 1'b0;
    tos_set    = 1'b0;
    tos_v      = s_nos_q;
    nos_set    = 1'b0;
    nos_v      = stack_rd;
    taken      = 1'b0;
    x_kind     = 5'd0;
    results    = 2'd0;
    x_keep     = 1'b0;
    x_b_we     = 1'b0;
    x_s_set    = 1'b0;
    x_s_new    = x_kept;
    x_p_clear  = 1'b0;
    x_const_re = 1'b0;
    x_const_ra = {g_slot_q, s_tos_q[13:3]};
    x_fill     = 1'b0;
    x_frame_re = 1'b0;
    x_frame_we = 1'b0;
    stack_re   = 1'b0;
    stack_ra   = c_sbase_q - 12'd2;
    if (x_valid_q && x_exc_q != 5'd0) begin
      done   = 1'b1;
      cause  = x_exc_q;
      finish = x_exc_q == algorand_pkg::END_OUT_OF_FUEL;
      throws = !finish;
      x_kind = x_exc_q;
    end else if (x_valid_q) begin
      case (cls)
        algorand_pkg::CLASS_IMM: begin
          done    = 1'b1;
          push    = 1'b1;
          push_v  = x_imm_q;
          results = 2'd1;
        end

        algorand_pkg::CLASS_WHO: begin
          done    = 1'b1;
          push    = 1'b1;
          push_v  = x_op_q == algorand_pkg::OP_SELF ? g_app_q : g_caller_q;
          results = 2'd1;
        end

        algorand_pkg::CLASS_STACK: begin
          done = 1'b1;
          case (x_op_q)
            algorand_pkg::OP_DUP: begin
              push    = 1'b1;
              push_v  = s_tos_q;
              results = 2'd2;
            end
            algorand_pkg::OP_OVER: begin
              push    = 1'b1;
              push_v  = s_nos_q;
              results = 2'd2;
            end
            algorand_pkg::OP_SWAP: begin
              tos_set = 1'b1;
              nos_set = 1'b1;
              nos_v   = s_tos_q;
              results = 2'd2;
            end
            default: begin // pop
              tos_set = 1'b1;
              refill  = 1'b1;
            end
          endcase
        end

        algorand_pkg::CLASS_ALU, algorand_pkg::CLASS_MUL, algorand_pkg::CLASS_DIV: begin
          done    = arith_done;
          throws  = arith_throw;
          cause   = arith_cause;
          tos_set = arith_done && !(arith_throw && cls == algorand_pkg::CLASS_DIV);
          tos_v   = arith_result;
          refill  = tos_set && x_binary;
          results = 2'd1;
        end

        algorand_pkg::CLASS_LOAD, algorand_pkg::CLASS_CLOAD: begin
          done    = 1'b1;
          push    = 1'b1;
          results = 2'd1;
        end

        algorand_pkg::CLASS_STORE, algorand_pkg::CLASS_ARG: begin
          done       = 1'b1;
          x_frame_we = 1'b1;
          tos_set    = 1'b1;
          refill     = 1'b1;
        end

        algorand_pkg::CLASS_LOADX, algorand_pkg::CLASS_CLOADX: begin
          if (step0) begin
            throws     = misaligned || outside;
            done       = throws;
            cause      = misaligned ? algorand_pkg::CAUSE_ALIGNMENT : algorand_pkg::CAUSE_RANGE;
            x_frame_re = !throws && cls == algorand_pkg::CLASS_LOADX;
            x_const_re = !throws && cls == algorand_pkg::CLASS_CLOADX;
          end else begin
            done    = 1'b1;
            tos_set = 1'b1;
            tos_v   = loaded;
            results = 2'd1;
          end
        end

        algorand_pkg::CLASS_STOREX: begin
          stack_ra = c_sbase_q + {4'd0, x_cnt_q} - 12'd4; // the second cell below NOS
          if (step0) begin
            throws     = misaligned || outside;
            done       = throws;
            cause      = misaligned ? algorand_pkg::CAUSE_ALIGNMENT : algorand_pkg::CAUSE_RANGE;
            x_frame_re = !throws;
            refill     = !throws; // the address is used up; the value stays on TOS
            stack_re   = !throws && x_cnt_q >= 8'd4;
          end else begin
            done       = 1'b1;
            x_frame_we = 1'b1;
            tos_set    = 1'b1;
            nos_set    = x_cnt_q >= 8'd4;
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
              x_keep = fault_i == algorand_pkg::FAULT_MISPREDICT_KEPT; // fault mispredict_kept
            end
          end
        end

        algorand_pkg::CLASS_SWITCH: begin
          x_const_ra = {g_slot_q, slot[13:3]};
          if (step0) begin
            tos_set = 1'b1;
            refill  = 1'b1;
            if (s_tos_q[63:16] != 48'd0 || s_tos_q[15:0] > x_imm_q[31:16]
                || (s_tos_q[15:0] == x_imm_q[31:16]
                    && fault_i != algorand_pkg::FAULT_SWITCH_BOUND)) begin // fault switch_bound
              x_const_re = 1'b0; // falls through, in step 1
            end else if (imm[0]) begin
              done   = 1'b1;
              throws = 1'b1;
              cause  = algorand_pkg::CAUSE_ALIGNMENT;
            end else if (slot + 18'd2 > {3'd0, g_constlen_q}) begin
              done   = 1'b1;
              throws = 1'b1;
              cause  = algorand_pkg::CAUSE_RANGE;
            end else begin
              x_const_re = 1'b1;
            end
          end else begin
            done     = 1'b1;
            target   = {1'b0, entry};
            throws   = const_rv_q && entry >= {1'b0, g_codelen_q}; // no read: the index is above the table
            redirect = const_rv_q && !throws;
            cause    = algorand_pkg::CAUSE_TARGET;
          end
        end

        algorand_pkg::CLASS_INVOKE: begin
          if (step0) begin
            x_p_clear = !c_capacity;
            if (c_badargs) begin
              done   = 1'b1;
              throws = 1'b1;
              cause  = algorand_pkg::CAUSE_ARGUMENTS;
            end else if (c_capacity) begin
              done   = 1'b1;
              finish = 1'b1;
              cause  = algorand_pkg::END_CAPACITY;
              x_kind = algorand_pkg::END_CAPACITY;
            end else begin
              // The two top cells go to the stack RAM, one a cycle.
              spill    = x_cnt_q >= 8'd2;
              x_s_set  = 1'b1;
              x_s_new  = 8'd0;
              target   = {1'b0, const_rd[15:0]};
              redirect = !x_pred_q;
              x_b_we   = !x_pred_q;
            end
          end else begin
            done     = 1'b1;
            spill    = x_cnt_q != 8'd0;
            spill_wa = c_sbase_q - 12'd1; // the new base: the cell below it is the invoker's top
            spill_wd = s_tos_q;
          end
        end

        algorand_pkg::CLASS_RETURN: begin
          if (step0 && !deep) begin
            done   = 1'b1;
            finish = 1'b1;
            x_kind = x_op_q == algorand_pkg::OP_IRETURN ? algorand_pkg::END_VALUE : algorand_pkg::END_RETURNED;
          end else if (step0) begin
            x_p_clear = 1'b1;
            x_s_set   = 1'b1;
            if (x_op_q == algorand_pkg::OP_IRETURN) begin
              x_s_new = call_cnt + 8'd1;
              nos_set = call_cnt != 8'd0;
            end else begin
              x_s_new  = call_cnt;
              tos_set  = call_cnt != 8'd0;
              tos_v    = stack_rd;
              stack_re = call_cnt >= 8'd2;
            end
          end else begin
            done = 1'b1;
            if (x_op_q == algorand_pkg::OP_IRETURN) results = 2'd1;
            else nos_set = s_cnt_q >= 8'd2;
          end
        end

        algorand_pkg::CLASS_INVOKE_EXTERNAL: begin
          step_d     = x_step_q;
          x_const_ra = {x_slot_q, s_tos_q[10:0] + 11'd1}; // the method's table entry
          target     = {1'b0, const_rd[15:0]};
          if (step0) begin
            if (g_found) begin
              step_d = 2'd1;
            end else if (g_fail_q != algorand_pkg::STATUS_FILLED) begin
              done   = 1'b1;
              finish = g_fail_q == algorand_pkg::STATUS_UNLISTED;
              throws = !finish;
              cause  = finish ? algorand_pkg::END_REJECTED : algorand_pkg::CAUSE_APPLICATION;
              x_kind = algorand_pkg::END_REJECTED;
            end else begin
              x_fill = g_idle;
            end
          end else if (x_step_q == 2'd1) begin
            throws     = s_tos_q[63:16] != 48'd0 || s_tos_q[15:0] >= g_entries;
            done       = throws;
            cause      = algorand_pkg::CAUSE_METHOD;
            x_const_re = !throws;
            step_d     = 2'd2;
          end else if (x_step_q == 2'd2) begin
            throws = !entry_public || c_badargs;
            finish = entry_public && c_capacity;
            done   = throws || finish;
            step_d = 2'd3;
            x_kind = algorand_pkg::END_CAPACITY;
            if (!entry_public) cause = algorand_pkg::CAUSE_ACCESS;
            else if (c_badargs) cause = algorand_pkg::CAUSE_ARGUMENTS;
            else cause = algorand_pkg::END_CAPACITY;
          end else begin // admissible
            done     = 1'b1;
            redirect = 1'b1;
            x_s_set  = 1'b1;
            x_s_new  = 8'd0;
          end
          x_p_clear = throws || redirect;
        end

        algorand_pkg::CLASS_INVOKE_NATIVE: begin
          done      = n_last;
          push      = n_push;
          push_v    = h_data_q;
          push_cnt  = x_cnt_q + n_word;
          x_p_clear = n_asked;
          results   = algorand_pkg::native_results(imm) == 3'd1 ? 2'd1 : 2'd2;
        end

        algorand_pkg::CLASS_HLOAD, algorand_pkg::CLASS_HSTORE, algorand_pkg::CLASS_PAGE: begin
          stack_ra = c_sbase_q + {4'd0, x_cnt_q} - 12'd4;
          cause    = a_cause;
          throws   = a_throws;
          finish   = a_finish;
          x_kind   = a_cause;
          if (x_step_q[1]) begin // palloc clears
            done    = p_clear_q == 8'd1;
            nos_set = stack_rv_q;
            step_d  = 2'd2;
          end else if (a_ends) begin
            done = 1'b1;
          end else if (!a_goes) begin
            step_d = 2'd1; // looks, or waits
          end else if (cls == algorand_pkg::CLASS_HLOAD) begin
            done    = 1'b1;
            refill  = 1'b1;
            results = 2'd1;
          end else if (cls == algorand_pkg::CLASS_HSTORE) begin
            done     = 1'b1;
            stack_re = x_cnt_q >= 8'd4;
          end else if (x_op_q == algorand_pkg::OP_PALLOC) begin
            step_d   = 2'd2;
            tos_set  = x_cnt_q >= 8'd3;
            tos_v    = stack_rd;
            stack_re = x_cnt_q >= 8'd4;
          end else if (x_op_q == algorand_pkg::OP_PFREE) begin
            done    = 1'b1;
            tos_set = 1'b1;
            refill  = 1'b1;
          end else begin // psize
            done    = 1'b1;
            tos_set = 1'b1;
            tos_v   = {53'd0, p_size, 3'b000};
            results = 2'd1;
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
            throws = !in_code || full;
            cause  = in_code ? algorand_pkg::CAUSE_OVERFLOW : algorand_pkg::CAUSE_TARGET;
            push_v = u_code_q;
            if (!throws) begin
              redirect  = 1'b1;
              push      = 1'b1;
              x_s_set   = 1'b1;
              x_s_new   = fault_i == algorand_pkg::FAULT_CATCH_EMPTIES // fault catch_empties
                  ? 8'd1 : x_cnt_q + 8'd1;
              x_p_clear = fault_i != algorand_pkg::FAULT_CATCH_KEEPS_ARGS; // fault catch_keeps_args
              results   = 2'd1;
            end
          end else if (fault_i == algorand_pkg::FAULT_CATCH_FALLTHROUGH) begin
            redirect = 1'b1; // fault catch_fallthrough
          end
        end

        default: done = 1'b1; // Nop, Jump: F has followed it
      endcase
    end
    if (refill) nos_set = x_cnt_q >= 8'd3;
    if (throws) x_s_set = 1'b1; // D has counted it
  end

  assign offset = cls == algorand_pkg::CLASS_SWITCH ? slot[2:0] : address[2:0];

endmodule

`default_nettype wire
