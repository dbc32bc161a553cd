// Retire: one record for each instruction, a cycle after its last one in X.
//
// r_code_q is 0, a cause, 28 for athrow, or the number of a call's end. r_push_q counts the results to
// compare, which TOS and NOS hold in the same cycle; with r_late_q the one result is A's value instead. The tank is
// D's register in the done cycle: this instruction is charged, the next one not yet.
`default_nettype none

module retire (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        x_retire_i,
  input  logic [16:0] x_pc_i,
  input  logic [7:0]  x_op_i,
  input  logic [4:0]  x_code_i,
  input  logic [1:0]  x_push_i,
  input  logic        x_late_i,
  input  logic [63:0] d_fuel_i,
  output logic        r_valid_o,
  output logic [16:0] r_pc_o,
  output logic [7:0]  r_op_o,
  output logic [4:0]  r_code_o,
  output logic [1:0]  r_push_o,
  output logic        r_late_o,
  output logic [63:0] r_fuel_o
);

  logic        r_valid_q;
  logic [16:0] r_pc_q;
  logic [7:0]  r_op_q;
  logic [4:0]  r_code_q;
  logic [1:0]  r_push_q;
  logic        r_late_q;
  logic [63:0] r_fuel_q;

  assign r_valid_o = r_valid_q;
  assign r_pc_o    = r_pc_q;
  assign r_op_o    = r_op_q;
  assign r_code_o  = r_code_q;
  assign r_push_o  = r_push_q;
  assign r_late_o  = r_late_q;
  assign r_fuel_o  = r_fuel_q;

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
      r_valid_q <= x_retire_i;
      if (x_retire_i) begin
        r_pc_q   <= x_pc_i;
        r_op_q   <= x_op_i;
        r_code_q <= x_code_i;
        r_push_q <= x_push_i;
        r_late_q <= x_late_i;
        r_fuel_q <= d_fuel_i;
      end
    end
  end

endmodule

`default_nettype wire
