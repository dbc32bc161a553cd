// SPDX-License-Identifier: MIT OR Apache-2.0
// Ready: whether X is in its last step, and whether that step kills: what D and F wait for.
//
// x_ready depends on registers alone: D and F need not wait for what the operands say. Where they end an instruction
// earlier, it throws or finishes, and that is a kill. x_block is the verdict of last steps only; those of
// first steps, some of them on data that a RAM delivers in the same cycle, are no part of it: D is not ready then.
// Behind HLoad and HStore only a push may follow at once: its operands are not the late cells. Behind a store
// without a push the stack RAM is A's, so X stays empty for that cycle.
// x_*_sel_o: the read port of that RAM is X's in this cycle, whether it reads or not.
`default_nettype none

module ready (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic [5:0] fault_i,
  // X.
  input  logic       x_valid_q,
  input  logic       x_clean, // no exception found by D
  input  logic [4:0] cls,
  input  logic [7:0] x_op_q,
  input  logic [1:0] x_step_q,
  input  logic       x_pred_q,
  input  logic       x_taken_q,
  input  logic       arith_last,
  input  logic       n_last,
  input  logic       p_here,  // the page is found, and complete
  input  logic       p_last,  // the last word of a new page is being cleared
  input  logic       a_store,
  input  logic [4:0] d_class, // of the instruction in D
  // Verdicts.
  input  logic       branch_taken,
  input  logic       in_code,
  input  logic       const_rv_q,
  input  logic       arith_throw,
  input  logic       a_ends,
  input  logic       x_kill,  // for the check
  output logic       x_ready,
  output logic       x_block,
  output logic       x_pushes,
  output logic       x_const_sel,
  output logic       x_frame_sel,
  output logic       stack_sel
);

  logic first;
  logic goes;     // a heap instruction
  logic d_pushes;

  assign first = x_step_q == 2'd0;
  assign goes  = x_step_q == 2'd1 && p_here;

  assign d_pushes = d_class == algorand_pkg::CLASS_IMM || d_class == algorand_pkg::CLASS_LOAD
      || d_class == algorand_pkg::CLASS_CLOAD || d_class == algorand_pkg::CLASS_WHO;
  assign x_pushes = x_valid_q && x_clean
      && (cls == algorand_pkg::CLASS_IMM || cls == algorand_pkg::CLASS_LOAD
          || cls == algorand_pkg::CLASS_CLOAD || cls == algorand_pkg::CLASS_WHO);

  always_comb begin : last_step
    case (cls)
      algorand_pkg::CLASS_MUL, algorand_pkg::CLASS_DIV: x_ready = arith_last;
      algorand_pkg::CLASS_LOADX, algorand_pkg::CLASS_STOREX, algorand_pkg::CLASS_CLOADX,
      algorand_pkg::CLASS_SWITCH, algorand_pkg::CLASS_INVOKE, algorand_pkg::CLASS_RETURN: x_ready = !first;
      algorand_pkg::CLASS_INVOKE_EXTERNAL: x_ready = x_step_q == 2'd3;
      algorand_pkg::CLASS_INVOKE_NATIVE: x_ready = n_last;
      algorand_pkg::CLASS_HLOAD, algorand_pkg::CLASS_HSTORE: x_ready = goes && d_pushes;
      algorand_pkg::CLASS_PAGE: x_ready = x_op_q == algorand_pkg::OP_PALLOC ? x_step_q[1] && p_last : goes;
      default: x_ready = 1'b1;
    endcase
    if (!x_clean || (fault_i == algorand_pkg::FAULT_LOST_STALL && first
        && cls == algorand_pkg::CLASS_LOADX)) x_ready = 1'b1; // fault lost_stall
    if (!x_valid_q) x_ready = !a_store;
  end

  always_comb begin : block
    case (cls)
      algorand_pkg::CLASS_ALU, algorand_pkg::CLASS_MUL: x_block = arith_throw;
      algorand_pkg::CLASS_BRANCH: x_block = (branch_taken && !in_code) || branch_taken != x_pred_q;
      algorand_pkg::CLASS_SWITCH: x_block = const_rv_q; // taken: a redirect or a throw
      algorand_pkg::CLASS_THROW, algorand_pkg::CLASS_INVOKE_EXTERNAL: x_block = 1'b1;
      algorand_pkg::CLASS_CATCH: x_block = x_taken_q || fault_i == algorand_pkg::FAULT_CATCH_FALLTHROUGH;
      algorand_pkg::CLASS_HLOAD, algorand_pkg::CLASS_HSTORE, algorand_pkg::CLASS_PAGE: x_block = a_ends;
      default: x_block = 1'b0;
    endcase
    if (!x_clean) x_block = 1'b1;
    if (!x_valid_q) x_block = 1'b0;
  end

  always_comb begin : ports
    x_const_sel = 1'b0;
    x_frame_sel = 1'b0;
    stack_sel = 1'b0;
    if (x_valid_q) begin
      case (cls)
        algorand_pkg::CLASS_CLOADX, algorand_pkg::CLASS_SWITCH: x_const_sel = first;
        // In step 2 too: the RAM is always enabled, so the same word has to be addressed for it to stay in step 3.
        algorand_pkg::CLASS_INVOKE_EXTERNAL: x_const_sel = !first;
        algorand_pkg::CLASS_LOADX: x_frame_sel = first;
        algorand_pkg::CLASS_STOREX: begin
          x_frame_sel = first;
          stack_sel = first;
        end
        algorand_pkg::CLASS_RETURN: stack_sel = first;
        // Not while the page is awaited: what D has read stays on the RAM's output.
        algorand_pkg::CLASS_HSTORE: stack_sel = goes;
        algorand_pkg::CLASS_PAGE: stack_sel = goes && x_op_q == algorand_pkg::OP_PALLOC;
        default: x_const_sel = 1'b0;
      endcase
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    // What D waits for is what kills it.
    if (rst_ni && fault_i == 6'd0) assert (!x_ready || x_block == x_kill);
  end
`endif

endmodule

`default_nettype wire
