// SPDX-License-Identifier: MIT OR Apache-2.0
// Keccak-f[1600], a round a cycle, 24 cycles.
//
//   clear_i   s <= 0, or 0 with what xor_i selects
//   xor_i     lane L, for each bit L of sel_i, is xored with word L mod 4 of data_i: 32 bytes fit anywhere
//   start_i   the rounds begin in the next cycle, with what xor_i makes of s in this one
//   busy      s <= a round of s
//
// Lane L = x + 5y is bits 64L+63..64L of s. Padding and rate are the owner's. fault_iota_i: planted fault, 0 otherwise.
`default_nettype none

module keccak (
  input  logic          clk_i,
  input  logic          rst_ni,
  input  logic          clear_i,
  input  logic          xor_i,
  input  logic [24:0]   sel_i,
  input  logic [255:0]  data_i,
  input  logic          start_i,
  input  logic          fault_iota_i,
  output logic          busy_o,
  output logic [1599:0] state_o
);

  logic          q_busy_q;
  logic [4:0]    q_round_q;
  logic [1599:0] q_s_q;

  // ---- A round: nothing in it moves unless the unit is busy ----

  logic [63:0]   iota;
  logic [1599:0] moved;  // after theta, rho and pi, 0 if not busy
  logic [1599:0] chosen; // after chi, 0 if not busy

  // The constants of Keccak's iota, round by round.
  always_comb begin : constant_of_round
    case (q_round_q)
      5'd0: iota = 64'h0000000000000001;
      5'd1: iota = 64'h0000000000008082;
      5'd2: iota = 64'h800000000000808a;
      5'd3: iota = 64'h8000000080008000;
      5'd4: iota = 64'h000000000000808b;
      5'd5: iota = 64'h0000000080000001;
      5'd6: iota = 64'h8000000080008081;
      5'd7: iota = 64'h8000000000008009;
      5'd8: iota = 64'h000000000000008a;
      5'd9: iota = 64'h0000000000000088;
      5'd10: iota = 64'h0000000080008009;
      5'd11: iota = 64'h000000008000000a;
      5'd12: iota = 64'h000000008000808b;
      5'd13: iota = 64'h800000000000008b;
      5'd14: iota = 64'h8000000000008089;
      5'd15: iota = 64'h8000000000008003;
      5'd16: iota = 64'h8000000000008002;
      5'd17: iota = 64'h8000000000000080;
      5'd18: iota = 64'h000000000000800a;
      5'd19: iota = 64'h800000008000000a;
      5'd20: iota = 64'h8000000080008081;
      5'd21: iota = 64'h8000000000008080;
      5'd22: iota = 64'h0000000080000001;
      5'd23: iota = 64'h8000000080008008;
      default: iota = 64'd0;
    endcase
    if (fault_iota_i && q_round_q == 5'd23) iota = 64'd0; // fault keccak_iota
  end

  logic [319:0] parity;

  keccak_parity u_parity (
    .on_i     (q_busy_q),
    .state_i  (q_s_q),
    .parity_o (parity)
  );

  keccak_move u_move (
    .on_i     (q_busy_q),
    .state_i  (q_s_q),
    .parity_i (parity),
    .moved_o  (moved)
  );

  always_comb begin : chi
    chosen = 1600'd0;
    if (q_busy_q) begin
      for (int unsigned y = 0; y < 5; y++) begin
        for (int unsigned x = 0; x < 5; x++) begin
          chosen[64*(x + 5*y) +: 64] = moved[64*(x + 5*y) +: 64]
              ^ (~moved[64*((x + 1) % 5 + 5*y) +: 64] & moved[64*((x + 2) % 5 + 5*y) +: 64]);
        end
      end
    end
  end

  // ---- State ----

  // A lane becomes the round's, or what is xored to it, or to 0.
  logic [255:0] data; // 0 while busy, when iota is added in its place
  logic         stays;

  assign data  = q_busy_q ? 256'd0 : data_i;
  assign stays = !q_busy_q && !clear_i;

  for (genvar l = 0; l < 25; l++) begin : g_state
    logic        used;
    logic [63:0] added;
    assign used  = xor_i && sel_i[l];
    assign added = l == 0 && q_busy_q ? iota : data[64*(l % 4) +: 64];

    always_ff @(posedge clk_i) begin : lane
      if (!rst_ni || (!q_busy_q && clear_i && !used)) begin
        q_s_q[64*l +: 64] <= 64'd0;
      end else if (q_busy_q || used) begin
        q_s_q[64*l +: 64] <= chosen[64*l +: 64] ^ added ^ (stays ? q_s_q[64*l +: 64] : 64'd0);
      end
    end
  end

  always_ff @(posedge clk_i) begin : rounds
    if (!rst_ni) begin
      q_busy_q  <= 1'b0;
      q_round_q <= 5'd0;
    end else if (q_busy_q) begin
      if (q_round_q == 5'd23) begin
        q_busy_q  <= 1'b0;
        q_round_q <= 5'd0;
      end else begin
        q_round_q <= q_round_q + 5'd1;
      end
    end else if (start_i) begin
      q_busy_q <= 1'b1;
    end
  end

  assign busy_o  = q_busy_q;
  assign state_o = q_s_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      // The owner does nothing to it while it is busy.
      assert (!(q_busy_q && (start_i || clear_i || xor_i)));
      assert (q_busy_q || q_round_q == 5'd0);
    end
  end
`endif

endmodule

`default_nettype wire
