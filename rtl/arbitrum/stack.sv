// SPDX-License-Identifier: MIT OR Apache-2.0
// Stack: the data stack. A and B, its two top cells, are registers; below them at most 28 cells lie in the window (a
// distributed RAM, cell j in word j mod 32), the others in the data RAM, cell j in word j.
//
// X says what to do with it, one update a cycle, and gives A's next value (x_top), whatever that is: a result, B, or
// W0. Before an instruction begins, X moves cells between window and data RAM, one a cycle (x_spill, x_fill), until
// s_high and s_low are 0; then the four cells that an instruction can see are in A, B, W0, W1.
`default_nettype none

module stack (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  input  logic        l_start,
  // Updates.
  input  logic        x_push,
  input  logic        x_replace,
  input  logic        x_drop,
  input  logic        x_drop2,
  input  logic        x_binary,
  input  logic        x_ternary,
  input  logic        x_swap1,
  input  logic        x_swap2,
  input  logic        w_drop,
  input  arbitrum_pkg::cell_t x_top,
  input  logic        x_spill,
  input  logic        x_fill,
  // Window and data RAM.
  input  arbitrum_pkg::cell_t win_rd0,
  input  arbitrum_pkg::cell_t win_rd1,
  input  arbitrum_pkg::cell_t data_rd,
  output logic [4:0]  s_win_ra0,
  output logic [4:0]  s_win_ra1,
  output logic        s_win_we,
  output logic [4:0]  s_win_wa,
  output arbitrum_pkg::cell_t s_win_wd,
  output logic        s_data_re,
  output logic [10:0] s_data_ra,
  output logic        s_data_we,
  output logic [10:0] s_data_wa,
  // Who is there.
  output logic        s_high, // a cell has to go to the data RAM
  output logic        s_low,  // one has to come back
  output arbitrum_pkg::cell_t s_a_q,
  output arbitrum_pkg::cell_t s_b_q,
  output logic [10:0] s_depth_q
);

  logic [10:0] s_base_q;
  logic        s_fill_q;

  logic        s_two; // A and B are cells of the stack
  logic [10:0] occ;
  logic [10:0] depth_less1;
  logic [10:0] depth_less2;
  logic [10:0] depth_less3;
  logic [10:0] depth_less4;
  logic [10:0] base_less1;
  logic        drop;
  logic        drop2;
  logic        unused_depth;

  assign s_two        = s_depth_q >= 11'd2;
  assign depth_less1  = s_depth_q - 11'd1;
  assign depth_less2  = s_depth_q - 11'd2;
  assign depth_less3  = s_depth_q - 11'd3;
  assign depth_less4  = s_depth_q - 11'd4;
  assign base_less1   = s_base_q - 11'd1;
  assign occ          = s_two ? depth_less2 - s_base_q : 11'd0;
  assign s_high       = occ >= 11'd28;
  assign s_low        = occ < 11'd4 && s_base_q != 11'd0;
  assign unused_depth = ^{depth_less3[10:5], depth_less4[10:5]};

  // W1 is of no interest while a cell has to go.
  assign s_win_ra0 = depth_less3[4:0];
  assign s_win_ra1 = s_high ? s_base_q[4:0] : depth_less4[4:0];

  assign drop  = x_drop || w_drop;
  assign drop2 = x_drop2 || x_ternary;

  // ---- Window and data RAM ----

  always_comb begin : window_write
    s_win_we = 1'b0;
    s_win_wa = depth_less2[4:0];
    s_win_wd = s_b_q;
    if (x_swap2) begin
      s_win_we = 1'b1;
      s_win_wa = depth_less3[4:0];
      s_win_wd = s_a_q;
    end else if (x_fill && s_fill_q) begin
      s_win_we = 1'b1;
      s_win_wa = base_less1[4:0];
      s_win_wd = data_rd;
      if (fault_i == arbitrum_pkg::FAULT_FILL_WORD) s_win_wa = s_base_q[4:0]; // fault fill_word
    end else begin
      s_win_we = x_push && s_two;
    end
  end

  assign s_data_re = x_fill && !s_fill_q;
  assign s_data_ra = base_less1;
  assign s_data_we = x_spill;
  assign s_data_wa = s_base_q;

  // ---- State ----

  always_ff @(posedge clk_i) begin : cells
    if (!rst_ni) begin
      s_a_q <= 258'd0;
      s_b_q <= 258'd0;
    end else begin
      if (x_push || x_replace || drop || drop2 || x_binary || x_swap1 || x_swap2) s_a_q <= x_top;
      if (x_push || x_swap1) begin
        s_b_q <= s_a_q;
      end else if (drop2) begin
        s_b_q <= win_rd1;
      end else if (drop || x_binary) begin
        s_b_q <= win_rd0;
      end
    end
  end

  always_ff @(posedge clk_i) begin : counts
    if (!rst_ni) begin
      s_depth_q <= 11'd0;
      s_base_q  <= 11'd0;
      s_fill_q  <= 1'b0;
    end else if (l_start) begin
      s_depth_q <= 11'd0;
      s_base_q  <= 11'd0;
      s_fill_q  <= 1'b0;
    end else begin
      if (x_push) s_depth_q <= s_depth_q + 11'd1;
      if (drop || x_binary) s_depth_q <= depth_less1;
      if (drop2) s_depth_q <= depth_less2;
      if (x_spill) s_base_q <= s_base_q + 11'd1;
      if (x_fill) s_fill_q <= !s_fill_q;
      if (x_fill && s_fill_q) s_base_q <= base_less1;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      assert ($countones({x_push, x_replace, drop, drop2, x_binary, x_swap1, x_swap2, x_spill, x_fill}) <= 1);
      assert (s_base_q == 11'd0 || s_base_q + 11'd2 <= s_depth_q);
      // Cells in the window do not overlap.
      assert (occ <= 11'd32);
      assert (!(drop || x_binary) || s_depth_q >= 11'd1);
      assert (!drop2 || s_two);
      assert (!x_swap2 || s_depth_q >= 11'd3);
    end
  end
`endif

endmodule

`default_nettype wire
