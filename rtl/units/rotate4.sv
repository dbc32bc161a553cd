// SPDX-License-Identifier: MIT OR Apache-2.0
// Rotation to the right by 0 to 3 steps of STEP bits: a stage of a barrel shifter, kept apart in synthesis, where stages
// that are mapped together are copied for each other.
`default_nettype none

(* keep_hierarchy *)
module rotate4 #(
  parameter int unsigned WIDTH = 256,
  parameter int unsigned STEP = 1
) (
  input  logic [1:0]       turn_i,
  input  logic [WIDTH-1:0] value_i,
  output logic [WIDTH-1:0] turned_o
);

  always_comb begin : turn
    case (turn_i)
      2'd0: turned_o = value_i;
      2'd1: turned_o = {value_i[STEP-1:0], value_i[WIDTH-1:STEP]};
      2'd2: turned_o = {value_i[2*STEP-1:0], value_i[WIDTH-1:2*STEP]};
      default: turned_o = {value_i[3*STEP-1:0], value_i[WIDTH-1:3*STEP]};
    endcase
  end

endmodule

`default_nettype wire
