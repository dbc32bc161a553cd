// Isolation: checks, in simulation only, that no sequence of instructions reaches what is not its own.
//
// Everything is compared with records of this module's own, made from write ports and host beats, not with what the
// core decides by:
//   (a) an accepted heap access hits one slot; the slot's page is the one asked for, of the working application (full
//       applicationIDs, from the fills), complete, and the access lies inside
//   (c) a frame word that is looked at was written by the method that looks, or is one of its arguments: every word has
//       an owner, {0, call, invocation}, or {1, n} for the n-th sequence of pending arguments. A page is 0 when
//       palloc is done
//   (d) when a scope is left abruptly, heap, sizes and freed marks are what they were when it was opened: a copy
//       for every open scope, into which page words that arrive later go too. LEVELS copies are kept (each 32 KiB);
//       scopes nested deeper are not checked
// (b), the bounds of frames and stacks, is asserted where the addresses are made (decode, execute, tos).
// Planted faults switch the checks off, except those that a check is made for: lockstep sees all of these but
// segment_compare earlier, by a value, and a run that does not compare values sees the check fire.
`default_nettype none

`ifndef SYNTHESIS
/* verilator tracing_off */
// Blocking assignments: the records of a cycle depend on each other, and no one else reads them.
/* verilator lint_off BLKSEQ */
module isolation #(
  parameter int unsigned LEVELS = 32
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  // Names.
  input  logic         l_clear_i,
  input  logic         l_start_i,
  input  logic         seg_we_i,
  input  logic [67:0]  seg_wd_i,      // {ai, app}
  input  logic         dir_we_i,
  input  logic [4:0]   dir_wa_i,
  input  logic [67:0]  dir_wd_i,      // {ai, page}
  input  logic [63:0]  g_app_i,
  // Heap accesses.
  input  logic         a_acts_i,      // a heap instruction is accepted
  input  logic [4:0]   x_class_i,
  input  logic [1:0]   x_op_i,        // its width
  input  logic [63:0]  s_tos_i,
  input  logic [63:0]  s_nos_i,
  input  logic [31:0]  p_match_i,
  input  logic [31:0]  p_ready_i,
  input  logic [31:0]  p_freed_i,
  input  logic         x_cleared_i,   // the last word of a new page is being cleared
  input  logic [4:0]   a_slot_i,      // of that page
  // Writes of heap and sizes.
  input  logic         heap_we_i,
  input  logic [11:0]  heap_wa_i,
  input  logic [63:0]  heap_wd_i,
  input  logic         size_we_i,
  input  logic [4:0]   size_wa_i,
  input  logic [7:0]   size_wd_i,
  input  logic         h_take_i,      // they are a page's beat
  // Scopes.
  input  logic         c_entext_i,
  input  logic         x_leave_i,
  input  logic         u_restore_i,
  input  logic         c_ext_i,
  // Frames.
  input  logic         frame_re_i,
  input  logic [11:0]  frame_ra_i,
  input  logic         frame_hit_i,   // the word read is looked at
  input  logic         x_init_i,
  input  logic         frame_we_i,
  input  logic [11:0]  frame_wa_i,
  input  logic         x_frame_we_i,  // by X
  input  logic [31:0]  c_id_i,
  input  logic [9:0]   c_depth_i,
  input  logic         c_enter_i,
  input  logic         d_pend_clear_i
);

  logic judge;
  logic judge_access; // (a)
  logic judge_frame;  // (c)
  logic judge_clear;
  logic judge_scope;  // (d)

  assign judge        = fault_i == 6'd0;
  assign judge_access = judge || fault_i == algorand_pkg::FAULT_SEGMENT_COMPARE
      || fault_i == algorand_pkg::FAULT_PAGE_STALL;
  assign judge_frame  = judge || fault_i == algorand_pkg::FAULT_STALE_LOCAL;
  assign judge_clear  = judge || fault_i == algorand_pkg::FAULT_ALLOC_DIRTY;
  assign judge_scope  = judge || fault_i == algorand_pkg::FAULT_LOG_LOST || fault_i == algorand_pkg::FAULT_LOG_ORDER
      || fault_i == algorand_pkg::FAULT_SCOPE_MARK || fault_i == algorand_pkg::FAULT_FREE_KEPT;

  // ---- (a) Accesses ----

  logic [63:0] app_of [0:15];
  logic [15:0] known;
  logic [67:0] name_of [0:31];
  logic [7:0]  size_now [0:31];
  logic [63:0] heap_now [0:4095];
  logic [4:0]  hit;
  logic [64:0] access_end;

  // Two paths: the bounds of a load or a store, and whose page it is.
  always @(posedge clk_i) begin : accesses
    if (rst_ni && judge_access && a_acts_i) begin
      hit = 5'd0;
      for (int unsigned i = 0; i < 32; i++) if (p_match_i[i]) hit = i[4:0];
      access_end = {1'b0, s_nos_i} + (65'd1 << x_op_i);
      assert ($onehot(p_match_i));
      assert (name_of[hit][63:0] == s_tos_i);
      assert (known[name_of[hit][67:64]] && app_of[name_of[hit][67:64]] == g_app_i);
      assert (p_ready_i[hit]);
      assert (x_class_i == algorand_pkg::CLASS_PAGE || access_end <= {54'd0, size_now[hit], 3'b000});
    end
    if (l_clear_i) known = 16'd0;
    if (dir_we_i) name_of[dir_wa_i] = dir_wd_i;
    if (seg_we_i) begin
      // An application's index is the same in all its fills, and nobody else's.
      for (int unsigned i = 0; i < 16; i++)
        assert (!judge || !known[i] || (i[3:0] == seg_wd_i[67:64]) == (app_of[i] == seg_wd_i[63:0]));
      app_of[seg_wd_i[67:64]] = seg_wd_i[63:0];
      known[seg_wd_i[67:64]]  = 1'b1;
    end
  end

  // ---- (c) Frames ----

  logic [63:0] owner [0:4095];
  logic [62:0] given_to [0:512]; // by depth: the sequence that a method's arguments came with
  logic [62:0] sequence_now;
  logic [30:0] call_now;
  logic [11:0] read_at;
  logic        argument;

  assign argument = x_class_i == algorand_pkg::CLASS_ARG || x_class_i == algorand_pkg::CLASS_INVOKE_NATIVE;

  always @(posedge clk_i) begin : frames
    if (!rst_ni) begin
      sequence_now = 63'd0;
      call_now     = 31'd0;
    end else begin
      if (judge_frame && frame_hit_i) begin
        assert (owner[read_at] == {1'b1, sequence_now} || !argument);
        assert (owner[read_at] == {1'b0, call_now, c_id_i} || argument
            || (x_init_i && owner[read_at] == {1'b1, given_to[c_depth_i]}));
      end
      if (frame_re_i) read_at = frame_ra_i;
      if (frame_we_i) owner[frame_wa_i] = x_frame_we_i && !argument ? {1'b0, call_now, c_id_i} : {1'b1, sequence_now};
      if (c_enter_i) given_to[c_depth_i + 10'd1] = sequence_now;
      if (l_start_i) begin
        given_to[1] = sequence_now;
        call_now    = call_now + 31'd1;
      end
      if (d_pend_clear_i) sequence_now = sequence_now + 63'd1;
    end
  end

  // ---- (d) Scopes ----

  logic [63:0] heap_then [0:LEVELS*4096-1];
  logic [7:0]  size_then [0:LEVELS*32-1];
  logic [31:0] freed_then [0:LEVELS-1];
  int unsigned level;   // open scopes
  int unsigned kept;    // copies that are kept of them
  int unsigned base;
  logic        same;
  logic        clean;   // a page was cleared in the last cycle
  logic [4:0]  new_page;

  always @(posedge clk_i) begin : scopes
    if (!rst_ni) begin
      level = 0;
      clean = 1'b0;
    end else begin
      // What the last cycle left.
      if (judge_clear && clean) begin
        same = 1'b1;
        for (int unsigned w = 0; w < {24'd0, size_now[new_page]}; w++)
          if (heap_now[{new_page, w[6:0]}] != 64'd0) same = 1'b0;
        assert (same);
      end
      clean    = x_cleared_i;
      new_page = a_slot_i;
      if (u_restore_i && c_ext_i) begin
        assert (!judge || level != 0);
        if (level != 0) level = level - 1;
        if (judge_scope && level < LEVELS) begin
          base = level * 32;
          same = freed_then[level] == p_freed_i;
          for (int unsigned p = 0; p < 32; p++) begin
            if (size_then[base + p] != size_now[p]) same = 1'b0;
            // Not while words of it are still to come: neither side has them.
            for (int unsigned w = 0; w < (p_ready_i[p] ? {24'd0, size_now[p]} : 32'd0); w++)
              if (heap_then[(base + p) * 128 + w] != heap_now[p * 128 + w]) same = 1'b0;
          end
          assert (same);
        end
      end
      // What this cycle writes; a page's beat belongs to the time before every scope.
      kept = level < LEVELS ? level : LEVELS;
      if (heap_we_i) begin
        heap_now[heap_wa_i] = heap_wd_i;
        if (h_take_i) for (int unsigned k = 0; k < kept; k++) heap_then[k * 4096 + {20'd0, heap_wa_i}] = heap_wd_i;
      end
      if (size_we_i) begin
        size_now[size_wa_i] = size_wd_i;
        if (h_take_i) for (int unsigned k = 0; k < kept; k++) size_then[k * 32 + {27'd0, size_wa_i}] = size_wd_i;
      end
      // Scopes opened and merged.
      if (x_leave_i && c_ext_i && level != 0) level = level - 1;
      if (c_entext_i) begin
        if (level < LEVELS) begin
          base = level * 32;
          freed_then[level] = p_freed_i;
          for (int unsigned p = 0; p < 32; p++) begin
            size_then[base + p] = size_now[p];
            // Also of a page that has come in part: its later words go to the copy as they arrive.
            for (int unsigned w = 0; w < {24'd0, size_now[p]}; w++)
              heap_then[(base + p) * 128 + w] = heap_now[p * 128 + w];
          end
        end
        level = level + 1;
      end
      if (l_clear_i) begin
        level = 0;
        for (int unsigned p = 0; p < 32; p++) size_now[p] = 8'd0;
      end
    end
  end

endmodule
/* verilator lint_on BLKSEQ */
/* verilator tracing_on */
`endif

`default_nettype wire
