// Column parities of a Keccak state: a part of keccak.sv, kept apart in synthesis. Mapped together with what follows, a
// tool saves a level of look-up tables and pays for it with a second and third copy of these sums.
`default_nettype none

(* keep_hierarchy *)
module keccak_parity (
  input  logic [1599:0] state_i,
  output logic [319:0]  parity_o
);

  for (genvar x = 0; x < 5; x++) begin : g_column
    assign parity_o[64*x +: 64] = state_i[64*x +: 64] ^ state_i[64*x + 320 +: 64] ^ state_i[64*x + 640 +: 64]
        ^ state_i[64*x + 960 +: 64] ^ state_i[64*x + 1280 +: 64];
  end

endmodule

`default_nettype wire
