// Ready: whether X is in its last step, and whether that step kills: what D and F wait for.
//
// x_ready_o depends on registers alone: D and F need not wait for what the operands say. Where they end an instruction
// earlier, it throws or finishes, and that is a kill. x_block_o is the verdict of last steps only; those of
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
  input  logic       x_valid_i,
  input  logic       x_clean_i,     // no exception found by D
  input  logic [4:0] x_class_i,
  input  logic [7:0] x_op_i,
  input  logic [1:0] x_step_i,
  input  logic       x_pred_i,
  input  logic       x_taken_i,
  input  logic       arith_last_i,
  input  logic       n_last_i,
  input  logic       p_all_i,       // no page is still to come
  input  logic       p_last_i,      // the last word of a new page is being cleared
  input  logic       a_store_i,
  input  logic [4:0] d_class_i,     // of the instruction in D
  // Verdicts.
  input  logic       branch_taken_i,
  input  logic       in_code_i,
  input  logic       const_rv_i,
  input  logic       arith_throw_i,
  input  logic       a_ends_i,
  input  logic       x_kill_i,      // for the check
  output logic       x_ready_o,
  output logic       x_block_o,
  output logic       x_pushes_o,
  output logic       x_const_sel_o,
  output logic       x_frame_sel_o,
  output logic       x_stack_sel_o
);

  logic first;
  logic goes;     // a heap instruction
  logic d_pushes;

  assign first = x_step_i == 2'd0;
  assign goes  = p_all_i || !first;

  assign d_pushes = d_class_i == algorand_pkg::CLASS_IMM || d_class_i == algorand_pkg::CLASS_LOAD
      || d_class_i == algorand_pkg::CLASS_CLOAD || d_class_i == algorand_pkg::CLASS_WHO;
  assign x_pushes_o = x_valid_i && x_clean_i
      && (x_class_i == algorand_pkg::CLASS_IMM || x_class_i == algorand_pkg::CLASS_LOAD
          || x_class_i == algorand_pkg::CLASS_CLOAD || x_class_i == algorand_pkg::CLASS_WHO);

  always_comb begin : last_step
    case (x_class_i)
      algorand_pkg::CLASS_MUL, algorand_pkg::CLASS_DIV: x_ready_o = arith_last_i;
      algorand_pkg::CLASS_LOADX, algorand_pkg::CLASS_STOREX, algorand_pkg::CLASS_CLOADX,
      algorand_pkg::CLASS_SWITCH, algorand_pkg::CLASS_INVOKE, algorand_pkg::CLASS_RETURN: x_ready_o = !first;
      algorand_pkg::CLASS_INVOKE_EXTERNAL: x_ready_o = x_step_i == 2'd3;
      algorand_pkg::CLASS_INVOKE_NATIVE: x_ready_o = n_last_i;
      algorand_pkg::CLASS_HLOAD, algorand_pkg::CLASS_HSTORE: x_ready_o = goes && d_pushes;
      algorand_pkg::CLASS_PAGE: x_ready_o = x_op_i == algorand_pkg::OP_PALLOC ? x_step_i[1] && p_last_i : goes;
      default: x_ready_o = 1'b1;
    endcase
    if (!x_clean_i || (fault_i == algorand_pkg::FAULT_LOST_STALL && first
        && x_class_i == algorand_pkg::CLASS_LOADX)) x_ready_o = 1'b1; // fault lost_stall
    if (!x_valid_i) x_ready_o = !a_store_i;
  end

  always_comb begin : block
    case (x_class_i)
      algorand_pkg::CLASS_ALU, algorand_pkg::CLASS_MUL: x_block_o = arith_throw_i;
      algorand_pkg::CLASS_BRANCH: x_block_o = (branch_taken_i && !in_code_i) || branch_taken_i != x_pred_i;
      algorand_pkg::CLASS_SWITCH: x_block_o = const_rv_i; // taken: a redirect or a throw
      algorand_pkg::CLASS_THROW, algorand_pkg::CLASS_INVOKE_EXTERNAL: x_block_o = 1'b1;
      algorand_pkg::CLASS_CATCH: x_block_o = x_taken_i || fault_i == algorand_pkg::FAULT_CATCH_FALLTHROUGH;
      algorand_pkg::CLASS_HLOAD, algorand_pkg::CLASS_HSTORE, algorand_pkg::CLASS_PAGE: x_block_o = a_ends_i;
      default: x_block_o = 1'b0;
    endcase
    if (!x_clean_i) x_block_o = 1'b1;
    if (!x_valid_i) x_block_o = 1'b0;
  end

  always_comb begin : ports
    x_const_sel_o = 1'b0;
    x_frame_sel_o = 1'b0;
    x_stack_sel_o = 1'b0;
    if (x_valid_i) begin
      case (x_class_i)
        algorand_pkg::CLASS_CLOADX, algorand_pkg::CLASS_SWITCH: x_const_sel_o = first;
        // In step 2 too: the RAM is always enabled, so the same word has to be addressed for it to stay in step 3.
        algorand_pkg::CLASS_INVOKE_EXTERNAL: x_const_sel_o = !first;
        algorand_pkg::CLASS_LOADX: x_frame_sel_o = first;
        algorand_pkg::CLASS_STOREX: begin
          x_frame_sel_o = first;
          x_stack_sel_o = first;
        end
        algorand_pkg::CLASS_RETURN: x_stack_sel_o = first;
        // Not while the page is awaited: what D has read stays on the RAM's output.
        algorand_pkg::CLASS_HSTORE: x_stack_sel_o = goes;
        algorand_pkg::CLASS_PAGE: x_stack_sel_o = goes && !x_step_i[1] && x_op_i == algorand_pkg::OP_PALLOC;
        default: x_const_sel_o = 1'b0;
      endcase
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    // What D waits for is what kills it.
    if (rst_ni && fault_i == 6'd0) assert (!x_ready_o || x_block_o == x_kill_i);
  end
`endif

endmodule

`default_nettype wire
