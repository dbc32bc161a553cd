// Pages: the directory of page slots, the match of an access with its slot, page fills from the host.
//
// u_dir holds the names {ai, page} of the slots, u_size their sizes in words (table_1w), the heap RAM their contents at
// {slot, word}. All listed pages are asked for when the call starts and arrive while it runs: p_ready_q when complete,
// p_left_q counts those that are still to come. Size 0 is an absent page.
//
// The match: 32 comparators on TOS, in the cycle of the access. What the access wants to know of its page is
// computed for every slot beside the comparison and selected by and-or (p_*_o), so the way from TOS to the verdict is
// one comparison and one or; no encoded index, no priority.
// A page's beat is consumed (h_take) when no one else could write the heap RAM or u_size in this cycle. A Page
// instruction that waits for its page in step 0 writes nothing and must not hold back the beats it waits for.
`default_nettype none

module pages (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  // Loader: a new call; its list of pages.
  input  logic         l_clear,
  input  logic         l_dir_we,
  input  logic [4:0]   l_dir_slot,
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
  // The access of X: match and what follows from it.
  input  logic         x_heap,
  input  logic [63:0]  s_nos_q,
  input  logic [31:0]  dir_match,
  input  logic [255:0] size_words,
  output logic [31:0]  p_match,
  output logic         p_hit,
  output logic [4:0]   p_slot,
  output logic [7:0]   p_size,
  output logic         p_absent,      // hit, size 0
  output logic         p_beyond,      // hit, the word at offset NOS is not inside
  output logic         p_gone,        // hit, freed in this call
  output logic         p_here,        // hit, complete
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
  output logic [5:0]   p_left_q
);

  logic [31:0] p_valid_q;
  logic [7:0]  p_word_q;


  // ---- Match ----

  logic [31:0] match;
  logic        far;     // NOS is above every page
  logic        unused_low;
  logic [31:0] absent;
  logic [31:0] beyond;

  assign unused_low = ^s_nos_q[2:0]; // the alignment is checked in heap.sv

  always_comb begin : by_slot
    match  = 32'd0;
    absent = 32'd0;
    beyond = 32'd0;
    far    = 1'b0;
    if (x_heap) begin
      match = p_valid_q & dir_match;
      if (fault_i == algorand_pkg::FAULT_LISTED_REJECTED) match[1] = 1'b0; // fault listed_rejected
      far = s_nos_q[63:11] != 53'd0;
      for (int unsigned i = 0; i < 32; i++) begin
        absent[i] = size_words[i*8 +: 8] == 8'd0;
        beyond[i] = far || s_nos_q[10:3] > size_words[i*8 +: 8]
            || (s_nos_q[10:3] == size_words[i*8 +: 8]
                && fault_i != algorand_pkg::FAULT_PAGE_BOUND); // fault page_bound
      end
    end
  end

  always_comb begin : selected
    p_slot = 5'd0;
    p_size = 8'd0;
    if (x_heap) begin
      for (int unsigned i = 0; i < 32; i++) begin
        p_slot = p_slot | ({5{match[i]}} & i[4:0]);
        p_size = p_size | ({8{match[i]}} & size_words[i*8 +: 8]);
      end
    end
  end

  assign p_match  = match;
  assign p_hit    = match != 32'd0;
  assign p_absent = (match & absent) != 32'd0;
  assign p_beyond = (match & beyond) != 32'd0;
  assign p_gone   = (match & p_freed_q) != 32'd0;
  assign p_here   = (match & p_ready_q) != 32'd0;

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
    size_waddr = p_slot;
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
      if (a_touch) p_touched_q <= p_touched_q | match;
      if (a_dirty) p_dirty_q <= p_dirty_q | match;
      if (a_free) p_freed_q <= p_freed_q | match;
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
      assert ($onehot0(match));
      // One writer of the sizes at a time.
      assert ($countones({a_alloc, a_free, u_size_we, h_take && head}) <= 1);
      // The host sends what was asked for: a listed page, at most 128 words, while one is still to come.
      assert (!h_take || (p_valid_q[h_tag] && !p_ready_q[h_tag] && p_left_q != 6'd0));
      assert (!h_take || p_word_q <= 8'(algorand_pkg::PAGE_WORDS));
      assert (!(h_take && head) || h_data_q <= 64'(algorand_pkg::PAGE_WORDS));
      // A page that is still to come is not looked into.
      assert (!(a_touch && p_left_q != 6'd0) || p_here);
      assert (!(a_dirty && !a_touch));
    end
  end
`endif

endmodule

`default_nettype wire
