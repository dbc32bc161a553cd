// SPDX-License-Identifier: MIT OR Apache-2.0
// Retire: W, the cycle behind X. What X finished is here with the verdict on its operands' types; if they were wrong
// (w_bad_q) X does nothing in this cycle, the result is dropped, the exception raised, and the instruction retires a
// cycle later. An instruction retires when w_v_q and not w_bad_q.
`default_nettype none

module retire (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  input  logic        x_done,
  input  logic        x_raise,     // the end of an instruction that failed
  input  logic        x_verdict,   // of x_done
  input  logic [15:0] x_pc_q,
  input  logic [7:0]  x_op_q,
  input  logic [1:0]  x_exc_q,
  input  logic        x_result,    // it has a result
  input  logic [15:0] x_onward,    // where it goes on
  input  logic [15:0] n_err_q,
  output logic        w_drop,      // the result goes
  output logic        w_bad_q
);

  // Registers without a reader in the core: what follows the machine from outside reads them here.
  /* verilator lint_off UNUSEDSIGNAL */
  logic        w_v_q;
  logic [15:0] w_pc_q;
  logic [7:0]  w_op_q;
  logic [1:0]  w_exc_q;
  logic [15:0] w_next_q;
  /* verilator lint_on UNUSEDSIGNAL */
  logic        w_drop_q;

  assign w_drop = w_bad_q && w_drop_q && fault_i != arbitrum_pkg::FAULT_BAD_KEPT; // fault bad_kept

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      w_v_q    <= 1'b0;
      w_pc_q   <= 16'd0;
      w_op_q   <= 8'd0;
      w_exc_q  <= 2'd0;
      w_bad_q  <= 1'b0;
      w_drop_q <= 1'b0;
      w_next_q <= 16'd0;
    end else begin
      w_v_q   <= x_done || x_raise || w_bad_q;
      w_bad_q <= x_done && !x_verdict;
      if (x_done) begin
        if (fault_i == arbitrum_pkg::FAULT_RETIRE_LOST && x_op_q == arbitrum_pkg::OP_DEBUGPRINT) // fault retire_lost
          w_v_q <= 1'b0;
        w_drop_q <= x_result;
        w_exc_q  <= 2'd0;
        w_next_q <= x_onward;
      end else if (x_raise) begin
        w_exc_q  <= x_exc_q;
        w_next_q <= n_err_q;
      end else if (w_bad_q) begin
        w_exc_q  <= arbitrum_pkg::EXC_ERROR;
        w_next_q <= n_err_q;
      end
      if (x_done || x_raise) begin
        w_pc_q <= x_pc_q;
        w_op_q <= x_op_q;
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    // Nothing younger commits before the verdict is known.
    if (rst_ni) assert (!(w_bad_q && (x_done || x_raise)));
  end
`endif

endmodule

`default_nettype wire
