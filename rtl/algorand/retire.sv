// SPDX-License-Identifier: MIT OR Apache-2.0
// Retire: one record for each instruction, a cycle after its last one in X.
//
// r_code_q is 0, a cause, 28 for athrow, or the number of a call's end. r_push_q counts the results to
// compare, which TOS and NOS hold in the same cycle; with r_late_q the one result is A's value instead. The tank is
// D's register in the done cycle: this instruction is charged, the next one not yet.
`default_nettype none

module retire (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        x_retire,
  input  logic [16:0] x_pc_q,
  input  logic [7:0]  x_op_q,
  input  logic [4:0]  x_code,
  input  logic [1:0]  x_push,
  input  logic        x_late,
  input  logic [63:0] d_fuel_q
);

  // Registers without a reader in the core: what follows the machine from outside reads them here.
  /* verilator lint_off UNUSEDSIGNAL */
  logic        r_valid_q;
  logic [16:0] r_pc_q;
  logic [7:0]  r_op_q;
  logic [4:0]  r_code_q;
  logic [1:0]  r_push_q;
  logic        r_late_q;
  logic [63:0] r_fuel_q;
  /* verilator lint_on UNUSEDSIGNAL */

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      r_valid_q <= 1'b0;
      r_pc_q    <= 17'd0;
      r_op_q    <= 8'd0;
      r_code_q  <= 5'd0;
      r_push_q  <= 2'd0;
      r_late_q  <= 1'b0;
      r_fuel_q  <= 64'd0;
    end else begin
      r_valid_q <= x_retire;
      if (x_retire) begin
        r_pc_q   <= x_pc_q;
        r_op_q   <= x_op_q;
        r_code_q <= x_code;
        r_push_q <= x_push;
        r_late_q <= x_late;
        r_fuel_q <= d_fuel_q;
      end
    end
  end

endmodule

`default_nettype wire
