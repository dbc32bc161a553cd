// SPDX-License-Identifier: MIT OR Apache-2.0
// Heap: blocks of the cells RAM, and the release of dead tuples.
//
// A block of class c has 2^c cells. p_free_q holds the first free block of each class; free blocks of a class are linked
// through the link RAM, as dead tuples are (p_dead_q, those that wait; p_todo_q, those that are being released).
// Release takes a dead tuple, decrements the count of each tuple in it, and frees its block:
//
//   IDLE   the first of p_todo_q, of which the link word is read
//   POP    p_cur_q, p_len_q <= that tuple
//   CELL   its next cell is read
//   TEST   its decrement, if it is a tuple, is given to counts
//   FREE   its block goes to the free list
//
// The RAMs are shared: release does not begin anything (leaves IDLE or CELL) while X holds an instruction that may use
// them, except in its step 6, in which X waits for a free block. If nothing is dead there, X cuts a new one (x_cut).
`default_nettype none

module heap #(
  parameter int unsigned HEAP_BITS = 13
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  // Loader.
  input  logic        l_start,
  input  logic        l_run,
  input  logic        l_end,
  input  logic [15:0] l_heap_q,
  // X.
  input  logic        x_v_q,
  input  logic [4:0]  x_class,
  input  logic [3:0]  x_step_q,
  input  logic [1:0]  x_size,     // class of the block that X wants
  input  logic        x_link_re,  // the first free block's link word is read
  input  logic        x_alloc,    // that block is taken; its link word is on link_rd
  input  logic        x_cut,
  output logic [15:0] p_first,
  output logic        p_have,     // there is a free block
  output logic        p_work,     // release has or will have work
  output logic        p_full,     // there is no room for a new block
  output logic        p_test,
  output logic        p_rest,     // IDLE or CELL
  // Counts.
  input  logic        k_idle,
  input  logic        k_fed,
  input  logic        k_dies,
  input  logic [15:0] k1_a_q,
  input  logic [3:0]  k1_l_q,
  output logic        p_dec,
  output logic [15:0] p_dec_a,
  output logic [3:0]  p_dec_l,
  // RAMs.
  input  arbitrum_pkg::cell_t cells_rd,
  input  logic [3:0]  link_len,
  input  logic [15:0] link_next,
  output logic        p_cells_re,
  output logic [15:0] p_cells_ra,
  output logic        p_link_re,
  output logic [15:0] p_link_ra,
  output logic        p_link_we,
  output logic [15:0] p_link_wa,
  output arbitrum_pkg::link_t p_link_wd
);

  localparam logic [2:0] IDLE = 3'd0;
  localparam logic [2:0] POP  = 3'd1;
  localparam logic [2:0] CELL = 3'd2;
  localparam logic [2:0] TEST = 3'd3;
  localparam logic [2:0] FREE = 3'd4;

  logic [2:0]  p_state_q;
  logic [15:0] p_dead_q;
  logic [15:0] p_todo_q;
  logic [15:0] p_cur_q;
  logic [3:0]  p_len_q;
  logic [3:0]  p_i_q;
  logic [63:0] p_free_q; // class 3 is the most significant
  logic [16:0] p_top_q;

  // ---- For X ----

  logic [16:0] top_d;
  logic        holds; // X may use the RAMs

  assign p_first = p_free_q[{x_size, 4'd0} +: 16];
  assign p_have  = p_first != 16'd0;
  assign p_work  = !k_idle || p_dead_q != 16'd0 || p_todo_q != 16'd0 || p_state_q != IDLE;
  assign top_d   = p_top_q + (17'd1 << x_size);
  assign p_full  = top_d > 17'(1 << HEAP_BITS);
  assign p_test  = p_state_q == TEST;
  assign p_rest  = p_state_q == IDLE || p_state_q == CELL;

  always_comb begin : who_holds
    holds = 1'b0;
    case (x_class)
      arbitrum_pkg::CLASS_GET, arbitrum_pkg::CLASS_EQ, arbitrum_pkg::CLASS_SET2, arbitrum_pkg::CLASS_HASH,
      arbitrum_pkg::CLASS_KECCAK, arbitrum_pkg::CLASS_INSN, arbitrum_pkg::CLASS_HOST, arbitrum_pkg::CLASS_INBOX:
        holds = x_v_q && x_step_q != 4'd6;
      default: holds = 1'b0;
    endcase
  end

  // ---- Release ----

  logic       may_begin;
  logic       begins;    // leaves IDLE
  logic       adopts;    // the dead are next
  logic       goes_on;   // TEST is done with its cell
  logic       frees;
  logic       last;
  logic [3:0] i_d;
  logic [1:0] size;      // class of the block that is freed

  assign may_begin  = l_run && !holds;
  assign begins     = p_state_q == IDLE && may_begin && p_todo_q != 16'd0;
  assign adopts     = p_state_q == IDLE && p_todo_q == 16'd0 && p_dead_q != 16'd0 && !k_dies;
  assign p_dec      = p_test && cells_rd.tag == arbitrum_pkg::TAG_TUPLE && cells_rd.payload[19:16] != 4'd0;
  assign p_dec_a    = cells_rd.payload[15:0];
  assign p_dec_l    = cells_rd.payload[19:16];
  assign goes_on    = p_test && (!p_dec || k_fed);
  assign frees      = p_state_q == FREE && !k_dies;
  assign i_d        = p_i_q + 4'd1;
  assign last       = i_d == p_len_q
      || (fault_i == arbitrum_pkg::FAULT_RELEASE_LAST && i_d + 4'd1 == p_len_q); // fault release_last
  assign p_cells_re = p_state_q == CELL && may_begin;
  assign p_cells_ra = p_cur_q + {12'd0, p_i_q};

  always_comb begin : size_of_block
    size = 2'd3;
    if (p_len_q == 4'd1) size = 2'd0;
    if (p_len_q == 4'd2) size = 2'd1;
    if (p_len_q == 4'd3 || p_len_q == 4'd4) size = 2'd2;
  end

  // ---- Link RAM ----

  assign p_link_re = begins || x_link_re;
  assign p_link_ra = x_link_re ? p_first : p_todo_q;
  assign p_link_we = k_dies || frees || x_cut;

  always_comb begin : link_write
    if (k_dies) begin
      p_link_wa = k1_a_q;
      p_link_wd = {k1_l_q, 3'd0, p_dead_q};
    end else if (x_cut) begin
      p_link_wa = p_top_q[15:0];
      p_link_wd = 23'd0;
    end else begin
      p_link_wa = p_cur_q;
      p_link_wd = {7'd0, p_free_q[{size, 4'd0} +: 16]};
    end
  end

  // ---- State ----

  always_ff @(posedge clk_i) begin : release_state
    if (!rst_ni) begin
      p_state_q <= IDLE;
      p_cur_q   <= 16'd0;
      p_len_q   <= 4'd0;
      p_i_q     <= 4'd0;
    end else begin
      case (p_state_q)
        IDLE: if (begins) p_state_q <= POP;
        POP: begin
          p_cur_q   <= p_todo_q;
          p_len_q   <= link_len;
          p_i_q     <= 4'd0;
          p_state_q <= CELL;
        end
        CELL: if (may_begin) p_state_q <= TEST;
        TEST: if (goes_on) begin
          p_i_q     <= i_d;
          p_state_q <= last ? FREE : CELL;
        end
        default: if (frees) p_state_q <= IDLE; // FREE
      endcase
      if (l_end) p_state_q <= IDLE;
    end
  end

  always_ff @(posedge clk_i) begin : lists
    if (!rst_ni) begin
      p_dead_q <= 16'd0;
      p_todo_q <= 16'd0;
      p_top_q  <= 17'd0;
    end else if (l_start) begin
      p_dead_q <= 16'd0;
      p_todo_q <= 16'd0;
      p_top_q  <= {1'b0, l_heap_q};
    end else begin
      if (k_dies) begin
        p_dead_q <= k1_a_q;
      end else if (adopts) begin
        p_dead_q <= 16'd0;
      end
      if (p_state_q == POP) begin
        p_todo_q <= link_next;
      end else if (adopts) begin
        p_todo_q <= p_dead_q;
      end
      if (x_cut) p_top_q <= top_d;
    end
  end

  // One list changes at a time.
  logic [15:0] free_d;
  logic [3:0]  free_we;

  assign free_d  = x_alloc ? link_next : x_cut ? p_top_q[15:0] : p_cur_q;
  assign free_we = ({3'd0, x_alloc || x_cut} << x_size) | ({3'd0, frees} << size);

  for (genvar c = 0; c < 4; c++) begin : g_free
    always_ff @(posedge clk_i) begin : list
      if (!rst_ni) begin
        p_free_q[16*c +: 16] <= 16'd0;
      end else if (l_start) begin
        p_free_q[16*c +: 16] <= 16'd0;
      end else if (free_we[c]) begin
        p_free_q[16*c +: 16] <= free_d;
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      // One changes the lists at a time, and only one uses the link RAM.
      assert ($countones({x_alloc, x_cut, frees}) <= 1);
      assert (!(x_cut && k_dies));
      assert (!(begins && x_link_re));
      // X takes a block that is there.
      assert (!(x_link_re && !p_have));
    end
  end
`endif

endmodule

`default_nettype wire
