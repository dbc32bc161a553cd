// Pages: the directory of page slots, the match of an access with its slot, page fills from the host.
//
// u_dir holds the names {ai, page} of the slots, u_size their sizes in words (table_1w), the heap RAM their contents at
// {slot, word}. All listed pages are asked for when the call starts and arrive while it runs: p_ready_q when complete,
// p_left_q counts those that are still to come. Size 0 is an absent page.
//
// The match: 32 comparators on TOS, in the cycle of the access. What the access wants to know of its page is
// computed for every slot beside the comparison and selected by and-or (p_*_o), so the way from TOS to the verdict is
// one comparison and one or; no encoded index, no priority.
// A page's beat is consumed (take_o) when no one else could write the heap RAM or u_size in this cycle. A Page
// instruction that waits for its page in step 0 writes nothing and must not hold back the beats it waits for.
`default_nettype none

module pages (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  // Loader: a new call; its list of pages.
  input  logic         l_clear_i,
  input  logic         l_dir_we_i,
  input  logic [4:0]   l_dir_slot_i,
  // Page fill.
  input  logic         h_page_i,
  input  logic [4:0]   h_tag_i,
  input  logic         h_last_i,
  input  logic [63:0]  h_data_i,
  input  logic         a_store_i,
  input  logic         x_writes_i,    // X holds a Page instruction that may write in this cycle
  input  logic         u_undo_i,
  output logic         take_o,
  output logic         p_heap_we_o,   // a word of a page
  output logic [11:0]  p_heap_wa_o,
  // The access of X: match and what follows from it.
  input  logic         x_look_i,
  input  logic [63:0]  x_nos_i,
  input  logic [31:0]  dir_match_i,
  input  logic [255:0] size_words_i,
  output logic [31:0]  p_match_o,
  output logic         p_hit_o,
  output logic [4:0]   p_slot_o,
  output logic [7:0]   p_size_o,
  output logic         p_absent_o,    // hit, size 0
  output logic         p_beyond_o,    // hit, the word at offset NOS is not inside
  output logic         p_gone_o,      // hit, freed in this call
  output logic         p_here_o,      // hit, complete
  // Its effects, and those of undo.
  input  logic         a_touch_i,
  input  logic         a_dirty_i,
  input  logic         a_alloc_i,
  input  logic         a_free_i,
  input  logic         u_size_we_i,
  input  logic         u_unfree_i,
  input  logic [4:0]   u_slot_i,
  input  logic [7:0]   u_size_i,
  output logic         p_size_we_o,
  output logic [4:0]   p_size_wa_o,
  output logic [7:0]   p_size_wd_o,
  // Registers.
  output logic [31:0]  p_ready_o,
  output logic [31:0]  p_freed_o,
  output logic [31:0]  p_touched_o,
  output logic [31:0]  p_dirty_o,
  output logic [5:0]   p_left_o
);

  logic [31:0] p_valid_q;
  logic [31:0] p_ready_q;
  logic [31:0] p_freed_q;
  logic [31:0] p_touched_q;
  logic [31:0] p_dirty_q;
  logic [5:0]  p_left_q;
  logic [7:0]  p_word_q;

  assign p_ready_o   = p_ready_q;
  assign p_freed_o   = p_freed_q;
  assign p_touched_o = p_touched_q;
  assign p_dirty_o   = p_dirty_q;
  assign p_left_o    = p_left_q;

  // ---- Match ----

  logic [31:0] match;
  logic        far;     // NOS is above every page
  logic        unused_low;
  logic [31:0] absent;
  logic [31:0] beyond;

  assign unused_low = ^x_nos_i[2:0]; // the alignment is checked in heap.sv

  always_comb begin : by_slot
    match  = 32'd0;
    absent = 32'd0;
    beyond = 32'd0;
    far    = 1'b0;
    if (x_look_i) begin
      match = p_valid_q & dir_match_i;
      if (fault_i == algorand_pkg::FAULT_LISTED_REJECTED) match[1] = 1'b0; // fault listed_rejected
      far = x_nos_i[63:11] != 53'd0;
      for (int unsigned i = 0; i < 32; i++) begin
        absent[i] = size_words_i[i*8 +: 8] == 8'd0;
        beyond[i] = far || x_nos_i[10:3] > size_words_i[i*8 +: 8]
            || (x_nos_i[10:3] == size_words_i[i*8 +: 8]
                && fault_i != algorand_pkg::FAULT_PAGE_BOUND); // fault page_bound
      end
    end
  end

  always_comb begin : selected
    p_slot_o = 5'd0;
    p_size_o = 8'd0;
    if (x_look_i) begin
      for (int unsigned i = 0; i < 32; i++) begin
        p_slot_o = p_slot_o | ({5{match[i]}} & i[4:0]);
        p_size_o = p_size_o | ({8{match[i]}} & size_words_i[i*8 +: 8]);
      end
    end
  end

  assign p_match_o  = match;
  assign p_hit_o    = match != 32'd0;
  assign p_absent_o = (match & absent) != 32'd0;
  assign p_beyond_o = (match & beyond) != 32'd0;
  assign p_gone_o   = (match & p_freed_q) != 32'd0;
  assign p_here_o   = (match & p_ready_q) != 32'd0;

  // ---- Fill ----

  logic       head;   // the beat is the page's size
  logic [7:0] word;   // the word after it
  logic       met_q;  // planted fault fill_conflict: the beat has met a store
  logic       unused_word;

  assign take_o      = h_page_i && !a_store_i && !x_writes_i && !u_undo_i;
  assign head        = p_word_q == 8'd0;
  assign word        = p_word_q - 8'd1;
  assign unused_word = word[7];
  assign p_heap_we_o = take_o && !head
      && !(met_q && fault_i == algorand_pkg::FAULT_FILL_CONFLICT); // fault fill_conflict
  assign p_heap_wa_o = {h_tag_i, word[6:0]};

  // ---- Sizes ----

  always_comb begin : sizes
    p_size_we_o = 1'b1;
    p_size_wa_o = p_slot_o;
    p_size_wd_o = 8'd0;
    if (a_alloc_i) begin
      p_size_wd_o = x_nos_i[10:3];
    end else if (u_size_we_i) begin
      p_size_wa_o = u_slot_i;
      p_size_wd_o = u_size_i;
    end else if (!a_free_i) begin
      p_size_we_o = take_o && head;
      p_size_wa_o = h_tag_i;
      p_size_wd_o = h_data_i[7:0];
    end
  end

  // ---- Registers ----

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni || l_clear_i) begin
      p_valid_q   <= 32'd0;
      p_ready_q   <= 32'd0;
      p_freed_q   <= 32'd0;
      p_touched_q <= 32'd0;
      p_dirty_q   <= 32'd0;
      p_left_q    <= 6'd0;
    end else begin
      if (l_dir_we_i) begin
        p_valid_q[l_dir_slot_i] <= 1'b1;
        p_left_q <= p_left_q + 6'd1;
      end
      if (take_o && h_last_i) begin
        p_ready_q[h_tag_i] <= 1'b1;
        p_left_q <= p_left_q - 6'd1;
      end
      if (a_touch_i) p_touched_q <= p_touched_q | match;
      if (a_dirty_i) p_dirty_q <= p_dirty_q | match;
      if (a_free_i) p_freed_q <= p_freed_q | match;
      if (u_unfree_i && fault_i != algorand_pkg::FAULT_FREE_KEPT) p_freed_q[u_slot_i] <= 1'b0; // fault free_kept
    end
  end

  always_ff @(posedge clk_i) begin : progress
    if (!rst_ni) begin
      p_word_q <= 8'd0;
      met_q    <= 1'b0;
    end else begin
      met_q <= h_page_i && !take_o && (met_q || a_store_i);
      if (take_o) p_word_q <= h_last_i ? 8'd0 : p_word_q + 8'd1;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni && fault_i == 6'd0) begin
      assert ($onehot0(match));
      // One writer of the sizes at a time.
      assert ($countones({a_alloc_i, a_free_i, u_size_we_i, take_o && head}) <= 1);
      // The host sends what was asked for: a listed page, at most 128 words, while one is still to come.
      assert (!take_o || (p_valid_q[h_tag_i] && !p_ready_q[h_tag_i] && p_left_q != 6'd0));
      assert (!take_o || p_word_q <= 8'd128);
      assert (!(take_o && head) || h_data_i <= 64'd128);
      // A page that is still to come is not looked into.
      assert (!(a_touch_i && p_left_q != 6'd0) || p_here_o);
      assert (!(a_dirty_i && !a_touch_i));
    end
  end
`endif

endmodule

`default_nettype wire
