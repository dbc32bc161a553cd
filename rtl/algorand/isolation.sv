// SPDX-License-Identifier: MIT OR Apache-2.0
// Isolation: checks, in simulation only, that no sequence of instructions reaches what is not its own.
//
// Everything is compared with records of this module's own, made from write ports and host beats, not with what the
// core decides by:
//   (a) an accepted heap access has found a slot; the slot's page is the one asked for, of the working application (full
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
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  // Names.
  input  logic        l_clear,
  input  logic        l_start,
  input  logic        seg_we,
  input  logic [3:0]  seg_ai,
  input  logic [63:0] seg_app,
  input  logic        dir_we,
  input  logic [4:0]  dir_waddr,
  input  algorand_pkg::page_name_t dir_wdata,
  input  logic [63:0] g_app_q,
  // Heap accesses.
  input  logic        a_acts,     // a heap instruction is accepted
  input  logic [4:0]  x_class,
  input  logic [1:0]  x_op,       // its width
  input  logic [63:0] s_tos_q,
  input  logic [63:0] s_nos_q,
  input  logic        p_hit_q,
  input  logic [4:0]  p_slot_q,
  input  logic [31:0] p_ready_q,
  input  logic [31:0] p_freed_q,
  input  logic        x_cleared,  // the last word of a new page is being cleared
  input  logic [4:0]  a_slot,     // of that page
  // Writes of heap and sizes.
  input  logic        heap_we,
  input  logic [11:0] heap_waddr,
  input  logic [63:0] heap_wdata,
  input  logic        size_we,
  input  logic [4:0]  size_waddr,
  input  logic [7:0]  size_wdata,
  input  logic        h_take,     // they are a page's beat
  // Scopes.
  input  logic        c_entext,
  input  logic        x_leave,
  input  logic        u_restore,
  input  logic        c_ext_q,
  // Frames.
  input  logic        frame_re,
  input  logic [11:0] frame_raddr,
  input  logic        frame_hit,  // the word read is looked at
  input  logic        x_init_q,
  input  logic        frame_we,
  input  logic [11:0] frame_waddr,
  input  logic        x_frame_we, // by X
  input  logic [31:0] c_id_q,
  input  logic [9:0]  c_depth_q,
  input  logic        c_enter,
  input  logic        d_pend_clear
);

  logic judge;
  logic judge_access; // (a)
  logic judge_frame;  // (c)
  logic judge_clear;
  logic judge_scope;  // (d)

  assign judge        = fault_i == 6'd0;
  assign judge_access = judge || fault_i == algorand_pkg::FAULT_SEGMENT_COMPARE
      || fault_i == algorand_pkg::FAULT_PAGE_STALL;
  assign judge_frame = judge || fault_i == algorand_pkg::FAULT_STALE_LOCAL;
  assign judge_clear = judge || fault_i == algorand_pkg::FAULT_ALLOC_DIRTY;
  assign judge_scope = judge || fault_i == algorand_pkg::FAULT_LOG_LOST || fault_i == algorand_pkg::FAULT_LOG_ORDER
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
    if (rst_ni && judge_access && a_acts) begin
      hit = p_slot_q;
      access_end = {1'b0, s_nos_q} + (65'd1 << x_op);
      assert (p_hit_q);
      assert (name_of[hit][63:0] == s_tos_q);
      assert (known[name_of[hit][67:64]] && app_of[name_of[hit][67:64]] == g_app_q);
      assert (p_ready_q[hit]);
      assert (x_class == algorand_pkg::CLASS_PAGE || access_end <= {54'd0, size_now[hit], 3'b000});
    end
    if (l_clear) known = 16'd0;
    if (dir_we) name_of[dir_waddr] = dir_wdata;
    if (seg_we) begin
      // An application's index is the same in all its fills, and nobody else's.
      for (int unsigned i = 0; i < 16; i++)
        assert (!judge || !known[i] || (i[3:0] == seg_ai) == (app_of[i] == seg_app));
      app_of[seg_ai] = seg_app;
      known[seg_ai]  = 1'b1;
    end
  end

  // ---- (c) Frames ----

  logic [63:0] owner [0:4095];
  logic [62:0] given_to [0:512]; // by depth: the sequence that a method's arguments came with
  logic [62:0] sequence_now;
  logic [30:0] call_now;
  logic [11:0] read_at;
  logic        argument;

  assign argument = x_class == algorand_pkg::CLASS_ARG || x_class == algorand_pkg::CLASS_INVOKE_NATIVE;

  always @(posedge clk_i) begin : frames
    if (!rst_ni) begin
      sequence_now = 63'd0;
      call_now     = 31'd0;
    end else begin
      if (judge_frame && frame_hit) begin
        assert (owner[read_at] == {1'b1, sequence_now} || !argument);
        assert (owner[read_at] == {1'b0, call_now, c_id_q} || argument
            || (x_init_q && owner[read_at] == {1'b1, given_to[c_depth_q]}));
      end
      if (frame_re) read_at = frame_raddr;
      if (frame_we) owner[frame_waddr] = x_frame_we && !argument ? {1'b0, call_now, c_id_q} : {1'b1, sequence_now};
      if (c_enter) given_to[c_depth_q + 10'd1] = sequence_now;
      if (l_start) begin
        given_to[1] = sequence_now;
        call_now    = call_now + 31'd1;
      end
      if (d_pend_clear) sequence_now = sequence_now + 63'd1;
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
      clean    = x_cleared;
      new_page = a_slot;
      if (u_restore && c_ext_q) begin
        assert (!judge || level != 0);
        if (level != 0) level = level - 1;
        if (judge_scope && level < LEVELS) begin
          base = level * 32;
          same = freed_then[level] == p_freed_q;
          for (int unsigned p = 0; p < 32; p++) begin
            if (size_then[base + p] != size_now[p]) same = 1'b0;
            // Not while words of it are still to come: neither side has them.
            for (int unsigned w = 0; w < (p_ready_q[p] ? {24'd0, size_now[p]} : 32'd0); w++)
              if (heap_then[(base + p) * 128 + w] != heap_now[p * 128 + w]) same = 1'b0;
          end
          assert (same);
        end
      end
      // What this cycle writes; a page's beat belongs to the time before every scope.
      kept = level < LEVELS ? level : LEVELS;
      if (heap_we) begin
        heap_now[heap_waddr] = heap_wdata;
        if (h_take) for (int unsigned k = 0; k < kept; k++) heap_then[k * 4096 + {20'd0, heap_waddr}] = heap_wdata;
      end
      if (size_we) begin
        size_now[size_waddr] = size_wdata;
        if (h_take) for (int unsigned k = 0; k < kept; k++) size_then[k * 32 + {27'd0, size_waddr}] = size_wdata;
      end
      // Scopes opened and merged.
      if (x_leave && c_ext_q && level != 0) level = level - 1;
      if (c_entext) begin
        if (level < LEVELS) begin
          base = level * 32;
          freed_then[level] = p_freed_q;
          for (int unsigned p = 0; p < 32; p++) begin
            size_then[base + p] = size_now[p];
            // Also of a page that has come in part: its later words go to the copy as they arrive.
            for (int unsigned w = 0; w < {24'd0, size_now[p]}; w++)
              heap_then[(base + p) * 128 + w] = heap_now[p * 128 + w];
          end
        end
        level = level + 1;
      end
      if (l_clear) begin
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
