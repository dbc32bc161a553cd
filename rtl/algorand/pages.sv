// SPDX-License-Identifier: MIT OR Apache-2.0
// Pages: the directory of page slots, the match of an access with its slot, page fills from the host.
//
// u_dir holds the names {ai, page} of the slots, u_size their sizes in words (lutram_2r), the heap RAM their contents at
// {slot, word}. All listed pages are asked for when the call starts and arrive while it runs: p_ready_q when complete,
// p_left_q counts those that are still to come. Size 0 is an absent page.
//
// The look: one name of the directory is compared with {g_ai_q, TOS} in a cycle, and the verdict is registered
// (p_hit_q, of slot p_slot_q). A heap instruction looks in step 0 at the slot that a cache of 8 says (p_way_q, by the
// low bits of the page's index), then, if it is not that, at all listed slots in turn (p_scan_q); the last one it
// looked at is cached. In step 1 it goes when its page is found and complete (p_here), or not listed (p_lost).
// A page's beat is consumed (h_take) when no one else could write the heap RAM or u_size in this cycle. A Page
// instruction that waits for its page in step 1 writes nothing and must not hold back the beats it waits for.
`default_nettype none

module pages (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  // Loader: a new call; its list of pages.
  input  logic         l_clear,
  input  logic         l_dir_we,
  input  logic [4:0]   l_dir_slot,
  input  logic [5:0]   l_pages_q,     // how many are listed
  // Page fill.
  input  logic         h_page,
  input  logic [4:0]   h_tag,
  input  logic         h_last_q,
  input  logic [63:0]  h_data_q,
  input  logic         a_store,
  input  logic         a_refill, // planted fault fill_conflict: a store was before
  input  logic         x_page_writes, // X holds a Page instruction that may write in this cycle
  input  logic         u_undo,
  output logic         h_take,
  output logic         p_heap_we,     // a word of a page
  output logic [11:0]  p_heap_wa,
  // The access of X: the look, and what is known of the slot p_slot_q.
  input  logic         x_heap,
  input  logic [1:0]   x_step_q,
  input  logic [3:0]   g_ai_q,
  input  logic [63:0]  s_tos_q,
  input  logic [63:0]  s_nos_q,
  output logic [4:0]   p_look,        // the slot whose name is compared
  input  algorand_pkg::page_name_t p_name, // its name
  input  logic [7:0]   p_size,        // of slot p_slot_q
  output logic         p_absent,      // size 0
  output logic         p_beyond,      // the word at offset NOS is not inside
  output logic         p_gone,        // freed in this call
  output logic         p_here,        // hit, complete
  output logic         p_lost,        // not listed
  // Its effects, and those of undo.
  input  logic         a_touch,
  input  logic         a_dirty,
  input  logic         a_alloc,
  input  logic         a_free,
  input  logic         u_size_we,
  input  logic         u_unfree,
  input  logic [4:0]   u_slot,
  input  logic [7:0]   u_size,
  output logic         size_we,
  output logic [4:0]   size_waddr,
  output logic [7:0]   size_wdata,
  // Registers.
  output logic [31:0]  p_ready_q,
  output logic [31:0]  p_freed_q,
  output logic [31:0]  p_touched_q,
  output logic [31:0]  p_dirty_q,
  output logic [5:0]   p_left_q,
  output logic         p_hit_q,
  output logic [4:0]   p_slot_q
);

  logic [31:0] p_valid_q;
  logic [7:0]  p_word_q;


  // ---- Look ----

  logic [39:0] p_way_q;
  logic [5:0]  p_scan_q;
  logic [2:0]  way;
  logic        first;   // the first look
  logic        scan;    // another one
  logic        same;
  logic        listed;
  logic [31:0] slot;    // p_slot_q, one bit

  assign way    = s_tos_q[2:0];
  assign first  = x_heap && x_step_q == 2'd0;
  assign p_lost = !p_hit_q && p_scan_q == l_pages_q;
  assign scan   = x_heap && x_step_q == 2'd1 && !p_hit_q && !p_lost;
  assign p_look = first ? p_way_q[way*5 +: 5] : p_scan_q[4:0];
  assign same   = p_name.page == s_tos_q
      && (p_name.ai == g_ai_q || fault_i == algorand_pkg::FAULT_SEGMENT_COMPARE); // fault segment_compare
  assign listed = p_valid_q[p_look] && same
      && !(p_look == 5'd1 && fault_i == algorand_pkg::FAULT_LISTED_REJECTED); // fault listed_rejected
  assign p_here = p_hit_q && (p_ready_q[p_slot_q]
      || fault_i == algorand_pkg::FAULT_PAGE_STALL); // fault page_stall
  assign slot   = 32'd1 << p_slot_q;

  always_ff @(posedge clk_i) begin : look
    if (!rst_ni) begin
      p_slot_q <= 5'd0;
      p_hit_q  <= 1'b0;
      p_scan_q <= 6'd0;
      p_way_q  <= 40'd0;
    end else begin
      if (first || scan) begin
        p_slot_q <= p_look;
        p_hit_q  <= listed;
        p_scan_q <= first ? 6'd0 : p_scan_q + 6'd1;
      end
      if (l_clear) p_way_q <= 40'd0;
      else if (scan) p_way_q[way*5 +: 5] <= p_look;
      else if (l_dir_we) p_way_q[h_data_q[2:0]*5 +: 5] <= l_dir_slot;
    end
  end

  // ---- What is known of the slot ----

  logic unused_low;

  assign unused_low = ^s_nos_q[2:0]; // the alignment is checked in heap.sv
  assign p_absent   = p_size == 8'd0;
  assign p_beyond   = s_nos_q[63:11] != 53'd0 || s_nos_q[10:3] > p_size
      || (s_nos_q[10:3] == p_size && fault_i != algorand_pkg::FAULT_PAGE_BOUND); // fault page_bound
  assign p_gone     = p_freed_q[p_slot_q];

  // ---- Fill ----

  logic       head;   // the beat is the page's size
  logic [7:0] word;   // the word after it
  logic       unused_word;

  assign h_take      = h_page && !a_store && !x_page_writes && !u_undo;
  assign head        = p_word_q == 8'd0;
  assign word        = p_word_q - 8'd1;
  assign unused_word = word[7];
  assign p_heap_we   = h_take && !head
      && !(a_refill && fault_i == algorand_pkg::FAULT_FILL_CONFLICT); // fault fill_conflict
  assign p_heap_wa = {h_tag, word[6:0]};

  // ---- Sizes ----

  always_comb begin : sizes
    size_we = 1'b1;
    size_waddr = p_slot_q;
    size_wdata = 8'd0;
    if (a_alloc) begin
      size_wdata = s_nos_q[10:3];
    end else if (u_size_we) begin
      size_waddr = u_slot;
      size_wdata = u_size;
    end else if (!a_free) begin
      size_we = h_take && head;
      size_waddr = h_tag;
      size_wdata = h_data_q[7:0];
    end
  end

  // ---- Registers ----

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni || l_clear) begin
      p_valid_q   <= 32'd0;
      p_ready_q   <= 32'd0;
      p_freed_q   <= 32'd0;
      p_touched_q <= 32'd0;
      p_dirty_q   <= 32'd0;
      p_left_q    <= 6'd0;
    end else begin
      if (l_dir_we) begin
        p_valid_q[l_dir_slot] <= 1'b1;
        p_left_q <= p_left_q + 6'd1;
      end
      if (h_take && h_last_q) begin
        p_ready_q[h_tag] <= 1'b1;
        p_left_q <= p_left_q - 6'd1;
      end
      if (a_touch) p_touched_q <= p_touched_q | slot;
      if (a_dirty) p_dirty_q <= p_dirty_q | slot;
      if (a_free) p_freed_q <= p_freed_q | slot;
      if (u_unfree && fault_i != algorand_pkg::FAULT_FREE_KEPT) p_freed_q[u_slot] <= 1'b0; // fault free_kept
    end
  end

  always_ff @(posedge clk_i) begin : progress
    if (!rst_ni) p_word_q <= 8'd0;
    else if (h_take) p_word_q <= h_last_q ? 8'd0 : p_word_q + 8'd1;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni && fault_i == 6'd0) begin
      // One writer of the sizes at a time.
      assert ($countones({a_alloc, a_free, u_size_we, h_take && head}) <= 1);
      // The host sends what was asked for: a listed page, at most 128 words, while one is still to come.
      assert (!h_take || (p_valid_q[h_tag] && !p_ready_q[h_tag] && p_left_q != 6'd0));
      assert (!h_take || p_word_q <= 8'(algorand_pkg::PAGE_WORDS));
      assert (!(h_take && head) || h_data_q <= 64'(algorand_pkg::PAGE_WORDS));
      // A page that is still to come is not looked into.
      assert (!a_touch || p_here);
      assert (!(a_dirty && !a_touch));
    end
  end
`endif

endmodule

`default_nettype wire
