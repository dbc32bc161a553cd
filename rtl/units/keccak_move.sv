// Theta, rho and pi of a Keccak round, with the column parities made: a part of keccak.sv, kept apart in synthesis as
// keccak_parity.sv is.
//
// Lane x + 5y, with two columns' parities added, is rotated left by its offset and goes to y + 5 ((2x + 3y) mod 5).
`default_nettype none

(* keep_hierarchy *)
module keccak_move (
  input  logic [1599:0] state_i,
  input  logic [319:0]  parity_i,
  output logic [1599:0] moved_o
);

  // The offsets, lane by lane.
  localparam logic [149:0] OFFSETS = {
    6'd14, 6'd56, 6'd61, 6'd2, 6'd18,
    6'd8, 6'd21, 6'd15, 6'd45, 6'd41,
    6'd39, 6'd25, 6'd43, 6'd10, 6'd3,
    6'd20, 6'd55, 6'd6, 6'd44, 6'd36,
    6'd27, 6'd28, 6'd62, 6'd1, 6'd0
  };

  for (genvar y = 0; y < 5; y++) begin : g_row
    for (genvar x = 0; x < 5; x++) begin : g_lane
      localparam int unsigned FROM   = x + 5 * y;
      localparam int unsigned INTO   = y + 5 * ((2 * x + 3 * y) % 5);
      localparam int unsigned OFFSET = 32'(OFFSETS[6*FROM +: 6]);
      localparam int unsigned LEFT   = (x + 4) % 5;
      localparam int unsigned RIGHT  = (x + 1) % 5;
      logic [63:0] lane;
      assign lane = state_i[64*FROM +: 64] ^ parity_i[64*LEFT +: 64]
          ^ {parity_i[64*RIGHT +: 63], parity_i[64*RIGHT + 63]};
      assign moved_o[64*INTO +: 64] = (lane << OFFSET) | (lane >> (64 - OFFSET)); // offset 0: the second is 0
    end
  end

endmodule

`default_nettype wire
