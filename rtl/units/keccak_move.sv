// SPDX-License-Identifier: MIT OR Apache-2.0
// Theta, rho and pi of a Keccak round, with the column parities made: a part of keccak.sv, kept apart in synthesis as
// keccak_parity.sv is.
//
// Lane x + 5y, with two columns' parities added, is rotated left by its offset and goes to y + 5 ((2x + 3y) mod 5).
// 0 unless on_i, which is the fourth input of each look-up table.
`default_nettype none

(* keep_hierarchy *)
module keccak_move (
  input  logic          on_i,
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

  logic [63:0] lane;

  always_comb begin : lanes
    moved_o = 1600'd0;
    lane    = 64'd0;
    if (on_i) begin
      for (int unsigned y = 0; y < 5; y++) begin
        for (int unsigned x = 0; x < 5; x++) begin
          lane = state_i[64*(x + 5*y) +: 64] ^ parity_i[64*((x + 4) % 5) +: 64]
              ^ {parity_i[64*((x + 1) % 5) +: 63], parity_i[64*((x + 1) % 5) + 63]};
          moved_o[64*(y + 5*((2*x + 3*y) % 5)) +: 64] = (lane << OFFSETS[6*(x + 5*y) +: 6])
              | (lane >> (7'd64 - {1'b0, OFFSETS[6*(x + 5*y) +: 6]})); // offset 0: the second is 0
        end
      end
    end
  end

endmodule

`default_nettype wire
