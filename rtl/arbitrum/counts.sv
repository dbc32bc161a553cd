// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts: references to tuples. X's events of a cycle, an increment and up to three decrements, wait in a set of
// registers (k_); one a cycle is fed: its count word is read, and in the next cycle (k1_) written back, one more or one
// less. If none waits, a copy's increment (x_feed) or a decrement of release (p_dec) is fed likewise.
//
// A count of 0xffff stays: tuples of the image live for ever. A tuple whose count falls to 0 dies (k_dies): heap.sv
// puts it on its list.
`default_nettype none

module counts (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  input  logic        l_end,      // the call is over: nothing waits any more
  // Events.
  input  logic        x_inc,
  input  logic [15:0] x_inc_a,
  input  logic        x_d0,
  input  logic [15:0] x_d0_a,
  input  logic [3:0]  x_d0_l,
  input  logic        x_d1,
  input  logic [15:0] x_d1_a,
  input  logic [3:0]  x_d1_l,
  input  logic        x_d2,
  input  logic [15:0] x_d2_a,
  input  logic [3:0]  x_d2_l,
  input  logic        x_feed,
  input  logic [15:0] x_feed_a,
  input  logic        p_dec,
  input  logic [15:0] p_dec_a,
  input  logic [3:0]  p_dec_l,
  output logic        k_fed,      // p_dec is fed
  output logic        k_many,
  output logic        k_none,     // no event waits
  output logic        k_idle,     // and none is being counted
  // Count RAM.
  input  arbitrum_pkg::count_t count_rd,
  output logic        k_count_re,
  output logic [15:0] k_count_ra,
  output logic        k_count_we,
  output arbitrum_pkg::count_t k_count_wd,
  // The tuple that k_count_we writes, and dies.
  output logic        k_dies,
  output logic [15:0] k1_a_q,
  output logic [3:0]  k1_l_q
);

  logic        k_inc_v_q;
  logic [15:0] k_inc_a_q;
  logic        k_d0_v_q;
  logic [15:0] k_d0_a_q;
  logic [3:0]  k_d0_l_q;
  logic        k_d1_v_q;
  logic [15:0] k_d1_a_q;
  logic [3:0]  k_d1_l_q;
  logic        k_d2_v_q;
  logic [15:0] k_d2_a_q;
  logic [3:0]  k_d2_l_q;
  logic        k1_v_q;
  logic        k1_inc_q;

  // ---- Feeding ----

  logic        fed_inc;
  logic        fed_d0;
  logic        fed_d1;
  logic        fed_d2;
  logic [3:0]  fed_l;

  assign k_none     = !(k_inc_v_q || k_d0_v_q || k_d1_v_q || k_d2_v_q);
  assign fed_inc    = k_inc_v_q;
  assign fed_d0     = k_d0_v_q && !k_inc_v_q;
  assign fed_d1     = k_d1_v_q && !k_inc_v_q && !k_d0_v_q;
  assign fed_d2     = k_d2_v_q && !k_inc_v_q && !k_d0_v_q && !k_d1_v_q;
  assign k_fed      = k_none && !x_feed;
  assign k_many     = (k_inc_v_q && (k_d0_v_q || k_d1_v_q || k_d2_v_q)) || (k_d0_v_q && (k_d1_v_q || k_d2_v_q))
      || (k_d1_v_q && k_d2_v_q);
  assign k_idle     = k_none && !k1_v_q;
  assign k_count_re = !k_none || x_feed || p_dec;

  always_comb begin : choose
    if (fed_inc) begin
      k_count_ra = k_inc_a_q;
      fed_l      = 4'd0;
    end else if (fed_d0) begin
      k_count_ra = k_d0_a_q;
      fed_l      = k_d0_l_q;
    end else if (fed_d1) begin
      k_count_ra = k_d1_a_q;
      fed_l      = k_d1_l_q;
    end else if (fed_d2) begin
      k_count_ra = k_d2_a_q;
      fed_l      = k_d2_l_q;
    end else if (x_feed) begin
      k_count_ra = x_feed_a;
      fed_l      = 4'd0;
    end else begin
      k_count_ra = p_dec_a;
      fed_l      = p_dec_l;
    end
  end

  // ---- Writing back ----

  assign k_count_we = k1_v_q && count_rd.n != 16'hffff;
  assign k_count_wd = {count_rd.hv, k1_inc_q ? count_rd.n + 16'd1 : count_rd.n - 16'd1};
  assign k_dies     = k1_v_q && !k1_inc_q && count_rd.n == 16'd1;

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      k_inc_v_q <= 1'b0;
      k_inc_a_q <= 16'd0;
      k_d0_v_q  <= 1'b0;
      k_d0_a_q  <= 16'd0;
      k_d0_l_q  <= 4'd0;
      k_d1_v_q  <= 1'b0;
      k_d1_a_q  <= 16'd0;
      k_d1_l_q  <= 4'd0;
      k_d2_v_q  <= 1'b0;
      k_d2_a_q  <= 16'd0;
      k_d2_l_q  <= 4'd0;
      k1_v_q    <= 1'b0;
      k1_inc_q  <= 1'b0;
      k1_a_q    <= 16'd0;
      k1_l_q    <= 4'd0;
    end else begin
      if (x_inc) k_inc_a_q <= x_inc_a;
      if (x_d0) begin
        k_d0_a_q <= x_d0_a;
        k_d0_l_q <= x_d0_l;
      end
      if (x_d1) begin
        k_d1_a_q <= x_d1_a;
        k_d1_l_q <= x_d1_l;
      end
      if (x_d2) begin
        k_d2_a_q <= x_d2_a;
        k_d2_l_q <= x_d2_l;
      end
      if (k_count_re) begin
        k1_inc_q <= fed_inc || (k_none && x_feed);
        k1_a_q   <= k_count_ra;
        k1_l_q   <= fed_l;
      end
      k_inc_v_q <= x_inc;
      k_d0_v_q  <= x_d0 || (k_d0_v_q && !fed_d0);
      k_d1_v_q  <= x_d1 || (k_d1_v_q && !fed_d1);
      k_d2_v_q  <= x_d2 || (k_d2_v_q && !fed_d2);
      k1_v_q    <= k_count_re;
      if (l_end) begin
        k_inc_v_q <= 1'b0;
        k_d0_v_q  <= 1'b0;
        k_d1_v_q  <= 1'b0;
        k_d2_v_q  <= 1'b0;
        k1_v_q    <= 1'b0;
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      // X waits while many wait; what is left then is fed in the cycle of its new events.
      assert (!((x_inc || x_d0 || x_d1 || x_d2) && k_many));
      // X holds release back while it copies, and copies only when nothing waits.
      assert (!(x_feed && (p_dec || !k_none)));
      // Decrements come without gaps.
      assert (!(x_d1 && !x_d0) && !(x_d2 && !x_d1));
      // Nothing dies twice.
      assert (!(k1_v_q && !k1_inc_q && count_rd.n == 16'd0 && fault_i == 6'd0));
    end
  end
`endif

endmodule

`default_nettype wire
