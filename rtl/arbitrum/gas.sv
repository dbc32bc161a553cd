// SPDX-License-Identifier: MIT OR Apache-2.0
// Gas: what is left of it, 256 bits, in two halves. A charge takes from the low one, and its borrow reaches the high one
// a cycle later: {g_hi_q, g_lo_q} - g_borrow_q x 2^64 is what is left.
//
// g_plenty_q says that at least 256 were left a cycle ago: enough for a cheap instruction without a look. Everything
// else is compared first (x_check, then g_short_q).
`default_nettype none

module gas (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  input  logic         l_start,    // all of it
  input  logic         x_charge,   // the instruction's price
  input  logic         x_five,     // 5, or if less is left: all of it comes back
  input  logic         x_gas_all,  // all of it comes back
  input  logic         x_gas_set,  // x_gas_new is what is left
  input  logic [255:0] x_gas_new,
  input  logic         x_check,
  input  logic [16:0]  x_price,
  input  logic         x_cheap,
  output logic         g_borrow_q,
  output logic         g_plenty_q,
  output logic         g_short_q,
  output logic [63:0]  g_lo_q,
  output logic [191:0] g_hi_q
);

  logic        high;   // there is something in the high half
  logic        all;
  logic        charge;
  logic [16:0] price;
  logic [64:0] less;
  logic        plenty;

  assign high   = g_hi_q != 192'd0;
  assign all    = l_start || x_gas_all || (x_five && !high && !g_borrow_q && g_lo_q < 64'd5);
  assign charge = x_charge || x_five;
  assign price  = x_five && fault_i != arbitrum_pkg::FAULT_UNDERFLOW_PRICE ? 17'd5 : x_price; // fault underflow_price
  assign less   = {1'b0, g_lo_q} - {48'd0, price};

  always_comb begin : enough
    plenty = high || g_lo_q[63:8] != 56'd0;
    if (fault_i == arbitrum_pkg::FAULT_GAS_PLENTY) plenty = high || g_lo_q != 64'd0; // fault gas_plenty
  end

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      g_lo_q     <= 64'd0;
      g_hi_q     <= 192'd0;
      g_borrow_q <= 1'b0;
      g_plenty_q <= 1'b0;
      g_short_q  <= 1'b0;
    end else begin
      if (x_check) g_short_q <= !high && g_lo_q < {47'd0, x_price};
      if (all) begin
        g_lo_q     <= {64{1'b1}};
        g_hi_q     <= {192{1'b1}};
        g_borrow_q <= 1'b0;
        g_plenty_q <= 1'b0;
      end else if (x_gas_set) begin
        g_lo_q     <= x_gas_new[63:0];
        g_hi_q     <= x_gas_new[255:64];
        g_borrow_q <= 1'b0;
        g_plenty_q <= 1'b0;
      end else begin
        if (g_borrow_q && fault_i != arbitrum_pkg::FAULT_GAS_BORROW) g_hi_q <= g_hi_q - 192'd1; // fault gas_borrow
        if (charge) g_lo_q <= less[63:0];
        g_borrow_q <= charge && less[64];
        g_plenty_q <= plenty && !(x_five || (x_charge && !x_cheap));
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      assert ($countones({l_start, x_charge, x_five, x_gas_all, x_gas_set}) <= 1);
      // Nothing is charged that is not there.
      assert (!(charge && less[64] && !all && !high && fault_i == 6'd0));
    end
  end
`endif

endmodule

`default_nettype wire
