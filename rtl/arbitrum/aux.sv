// SPDX-License-Identifier: MIT OR Apache-2.0
// Aux: the aux stack. Its top is a register, the cells below are in the aux RAM, cell j in word j. The one under the
// top is read ahead: t_und_q says that it is on the RAM's output. A pop waits for it (t_ready).
`default_nettype none

module aux (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        l_start,
  input  logic        x_aux_push,
  input  logic        x_aux_pop,
  input  logic        x_aux_set,   // the top is replaced
  input  arbitrum_pkg::cell_t x_aux_new, // pushed, or replacing
  input  arbitrum_pkg::cell_t aux_rd,
  output logic        t_aux_re,
  output logic [13:0] t_aux_ra,
  output logic        t_aux_we,
  output logic [13:0] t_aux_wa,
  output logic        t_ready,
  output arbitrum_pkg::cell_t t_top_q,
  output logic [13:0] t_depth_q
);

  logic t_und_q;
  logic two;

  assign two      = t_depth_q >= 14'd2;
  assign t_ready  = t_und_q || !two;
  assign t_aux_re = !x_aux_push && !x_aux_pop && !t_und_q && two;
  assign t_aux_ra = t_depth_q - 14'd2;
  assign t_aux_we = x_aux_push && t_depth_q != 14'd0;
  assign t_aux_wa = t_depth_q - 14'd1;

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      t_top_q   <= 258'd0;
      t_depth_q <= 14'd0;
      t_und_q   <= 1'b0;
    end else begin
      if (x_aux_push || x_aux_set) begin
        t_top_q <= x_aux_new;
      end else if (x_aux_pop && two) begin
        t_top_q <= aux_rd;
      end
      if (l_start) begin
        t_depth_q <= 14'd0;
        t_und_q   <= 1'b0;
      end else if (x_aux_push) begin
        t_depth_q <= t_depth_q + 14'd1;
        t_und_q   <= 1'b0;
      end else if (x_aux_pop) begin
        t_depth_q <= t_depth_q - 14'd1;
        t_und_q   <= 1'b0;
      end else if (t_aux_re) begin
        t_und_q   <= 1'b1;
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      assert ($countones({x_aux_push, x_aux_pop, x_aux_set}) <= 1);
      assert (!x_aux_pop || t_depth_q != 14'd0);
    end
  end
`endif

endmodule

`default_nettype wire
