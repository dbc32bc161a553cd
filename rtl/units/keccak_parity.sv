// SPDX-License-Identifier: MIT OR Apache-2.0
// Column parities of a Keccak state: a part of keccak.sv, kept apart in synthesis. Mapped together with what follows, a
// tool saves a level of look-up tables and pays for it with a second and third copy of these sums. 0 unless on_i: nothing
// behind it moves then, and a simulator passes it over.
`default_nettype none

(* keep_hierarchy *)
module keccak_parity (
  input  logic          on_i,
  input  logic [1599:0] state_i,
  output logic [319:0]  parity_o
);

  always_comb begin : columns
    parity_o = 320'd0;
    if (on_i) begin
      for (int unsigned x = 0; x < 5; x++) begin
        parity_o[64*x +: 64] = state_i[64*x +: 64] ^ state_i[64*x + 320 +: 64] ^ state_i[64*x + 640 +: 64]
            ^ state_i[64*x + 960 +: 64] ^ state_i[64*x + 1280 +: 64];
      end
    end
  end

endmodule

`default_nettype wire
