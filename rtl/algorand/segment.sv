// SPDX-License-Identifier: MIT OR Apache-2.0
// Segment: the working segment's registers, the resident segments, fills from the host, the way back of a return.
//
// Four slots of code and constant RAM hold segments; u_seg says whose: {methods, constlen, codelen, ai, app}.
//   switch   the working segment becomes that of a slot: by an external invocation, the loader, or find
//   find     after an external return: g_ai_q is the invoker's again; when its segment is (or has become) resident,
//            switch, and F is redirected to g_back_q. D is kept empty meanwhile (g_kill)
//   fill     ask -> header -> body: replaces the segment in g_victim_q, never the working one, so F and D never
//            read a slot that is being written. X (not resident), find and the loader start fills; each of them
//            waits for its end, so there is one at a time. A refused fill (not listed, not installed) sets
//            g_fail_q for one cycle
// A finished fill empties the branch target buffer (g_filled): other code is now at the same addresses.
`default_nettype none

module segment (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  // Port.
  input  logic         h_free,
  input  logic         h_word,
  input  logic         h_last_q,
  input  logic [63:0]  h_data_q,
  output logic         g_req,
  output algorand_pkg::request_t g_request,
  // X: invoke_external.
  input  logic         x_fill,     // start a fill of s_nos_q
  input  logic [63:0]  s_nos_q,    // NOS
  input  logic [1:0]   x_slot_q,
  input  logic         c_entext,   // external invocation happens: switch to x_slot_q
  output logic         g_found,    // s_nos_q is resident, in slot g_found_slot
  output logic [1:0]   g_found_slot,
  output logic [15:0]  g_entries,  // methods of slot x_slot_q
  output logic         g_idle,     // no fill under way
  // Return and unwinding.
  input  logic         leave,      // the invoker's registers come back
  input  logic         c_ext_q,    // from an external invocation
  input  logic [16:0]  c_ret_q,
  input  logic [3:0]   scope_ai,   // of the scope word
  input  logic [63:0]  scope_caller,
  // Loader.
  input  logic         l_clear,    // a new call
  input  logic         l_fill,     // start a fill of l_app_q
  input  logic [63:0]  l_app_q,
  input  logic         l_switch,   // switch to g_into_q
  input  logic         l_start,
  // Find.
  output logic         g_kill,
  output logic         g_redirect, // to g_back_q
  // RAMs and table.
  output logic         code_we,
  output logic         const_we,
  output logic [12:0]  g_wa,
  output logic         seg_we,
  output algorand_pkg::segment_t seg_wdata,
  input  logic [455:0] seg_words,
  input  logic [3:0]   seg_match,  // slots whose application is s_nos_q
  output logic         g_filled,
  output logic [1:0]   g_slot_q,
  output logic [63:0]  g_app_q,
  output logic [3:0]   g_ai_q,
  output logic [14:0]  g_codelen_q,
  output logic [14:0]  g_constlen_q,
  output logic [15:0]  g_methods_q,
  output logic [63:0]  g_caller_q,
  output logic [16:0]  g_back_q,
  output logic [1:0]   g_into_q,
  output logic [1:0]   g_fail_q
);

  logic [3:0]  g_valid_q;
  logic [1:0]  g_victim_q;
  logic        g_state_q;
  algorand_pkg::fill_e  g_fill_q;
  logic [63:0] g_want_q;
  logic [12:0] g_word_q;
  logic [14:0] g_newcode_q;
  logic [14:0] g_newconst_q;
  logic [3:0]  g_newai_q;
  logic [15:0] g_newmethods_q;



  // ---- Resident segments ----

  algorand_pkg::segment_t seg0;
  algorand_pkg::segment_t seg1;
  algorand_pkg::segment_t seg2;
  algorand_pkg::segment_t seg3;
  logic [3:0]   found;   // s_nos_q is there
  logic [3:0]   at_home; // g_ai_q is there
  logic [1:0]   home;
  logic         is_home;

  assign seg0 = seg_words[113:0];
  assign seg1 = seg_words[227:114];
  assign seg2 = seg_words[341:228];
  assign seg3 = seg_words[455:342];

  // An application is resident once at most (its fill starts only when it is not), so both are one-hot.
  assign found        = g_valid_q & seg_match;
  assign g_found      = found != 4'd0;
  assign g_found_slot = {found[2] || found[3], found[1] || found[3]};

  assign at_home = g_valid_q
      & {seg3.ai == g_ai_q, seg2.ai == g_ai_q, seg1.ai == g_ai_q, seg0.ai == g_ai_q};

  always_comb begin : entries
    case (x_slot_q)
      2'd0: g_entries = seg0.methods;
      2'd1: g_entries = seg1.methods;
      2'd2: g_entries = seg2.methods;
      default: g_entries = seg3.methods;
    endcase
  end

  // ---- Find and switch ----

  logic         find;
  logic         switch;
  logic [1:0]   switch_to;
  algorand_pkg::segment_t switch_seg;

  assign find = g_state_q;

  always_comb begin : way_home
    is_home = at_home != 4'd0;
    home    = {at_home[2] || at_home[3], at_home[1] || at_home[3]};
    if (fault_i == algorand_pkg::FAULT_STALE_SEGMENT) begin // fault stale_segment
      is_home = 1'b1;
      home    = g_ai_q[1:0];
    end
  end

  assign g_kill     = find;
  assign g_redirect = find && is_home;
  assign switch     = c_entext || l_switch || g_redirect;

  always_comb begin : switch_select
    switch_to = home;
    if (c_entext) switch_to = x_slot_q;
    else if (l_switch) switch_to = g_into_q;
    switch_seg = 114'd0;
    if (switch) begin
      case (switch_to)
        2'd0: switch_seg = seg0;
        2'd1: switch_seg = seg1;
        2'd2: switch_seg = seg2;
        default: switch_seg = seg3;
      endcase
    end
  end

  // ---- Fill ----

  logic        start;
  logic        asked;
  logic [1:0]  victim;
  logic        header;
  logic        body;
  logic [12:0] code_words;
  logic        in_code;
  logic        first_const;
  logic [12:0] const_word;
  logic [15:0] methods;
  logic        unused_high;

  assign start       = x_fill || l_fill || (find && !is_home && g_fill_q == algorand_pkg::FILL_NONE);
  assign victim      = g_victim_q == g_slot_q ? g_victim_q + 2'd1 : g_victim_q;
  assign asked       = g_fill_q == algorand_pkg::FILL_ASK && h_free;
  assign header      = g_fill_q == algorand_pkg::FILL_HEADER && h_word;
  assign body        = g_fill_q == algorand_pkg::FILL_BODY && h_word;
  assign code_words  = {1'b0, g_newcode_q[14:3]} + {12'd0, g_newcode_q[2:0] != 3'd0};
  assign in_code     = g_word_q < code_words;
  assign first_const = g_word_q == code_words;
  assign const_word  = g_word_q - code_words;
  assign methods     = first_const ? h_data_q[15:0] : g_newmethods_q;
  assign unused_high = ^{const_word[12:11], h_data_q[63:47], h_data_q[31]}; // an area has at most 2048 words

  assign g_idle = g_fill_q == algorand_pkg::FILL_NONE;
  assign g_req  = asked;
  assign g_request = {algorand_pkg::REQUEST_SEGMENT, g_want_q, 64'd0};

  assign code_we   = body && in_code;
  assign const_we  = body && !in_code;
  assign g_wa      = {g_into_q, in_code ? g_word_q[10:0] : const_word[10:0]};
  assign g_filled  = body && h_last_q;
  assign seg_we    = g_filled;
  assign seg_wdata = {methods, g_newconst_q, g_newcode_q, g_newai_q, g_want_q};

  // ---- Registers ----

  always_ff @(posedge clk_i) begin : working
    if (!rst_ni) begin
      g_slot_q     <= 2'd3;
      g_app_q      <= 64'd0;
      g_ai_q       <= 4'd0;
      g_codelen_q  <= 15'd0;
      g_constlen_q <= 15'd0;
      g_methods_q  <= 16'd0;
      g_caller_q   <= 64'd0;
      g_state_q    <= 1'b0;
      g_back_q     <= 17'd0;
    end else begin
      if (g_redirect) g_state_q <= 1'b0;
      if (switch) begin
        g_slot_q     <= switch_to;
        g_app_q      <= switch_seg.app;
        g_ai_q       <= switch_seg.ai;
        g_codelen_q  <= switch_seg.codelen;
        g_constlen_q <= switch_seg.constlen;
        g_methods_q  <= switch_seg.methods;
      end
      if (c_entext) g_caller_q <= g_app_q;
      if (leave) begin
        g_ai_q <= scope_ai;
        if (!(c_ext_q && fault_i == algorand_pkg::FAULT_CALLER_KEPT)) // fault caller_kept
          g_caller_q <= scope_caller;
        if (c_ext_q) begin
          g_app_q   <= g_caller_q; // who invoked is who works again
          g_back_q  <= c_ret_q;
          g_state_q <= 1'b1;
        end
      end
      if (l_start) g_caller_q <= 64'd0;
      if (l_clear) g_slot_q <= 2'd3;
    end
  end

  always_ff @(posedge clk_i) begin : fill
    if (!rst_ni) begin
      g_valid_q      <= 4'd0;
      g_victim_q     <= 2'd0;
      g_fill_q       <= algorand_pkg::FILL_NONE;
      g_want_q       <= 64'd0;
      g_into_q       <= 2'd0;
      g_word_q       <= 13'd0;
      g_newcode_q    <= 15'd0;
      g_newconst_q   <= 15'd0;
      g_newai_q      <= 4'd0;
      g_newmethods_q <= 16'd0;
      g_fail_q       <= 2'd0;
    end else begin
      g_fail_q <= 2'd0;
      if (start) begin
        g_fill_q <= algorand_pkg::FILL_ASK;
        g_want_q <= x_fill ? s_nos_q : l_fill ? l_app_q : g_app_q;
      end
      if (asked) begin
        g_into_q          <= victim;
        g_victim_q        <= victim + 2'd1;
        g_valid_q[victim] <= 1'b0;
        g_word_q          <= 13'd0;
        g_fill_q          <= algorand_pkg::FILL_HEADER;
      end
      if (header) begin
        if (h_data_q[1:0] != 2'd0) begin
          g_fail_q <= h_data_q[1:0];
          g_fill_q <= algorand_pkg::FILL_NONE;
        end else begin
          g_newai_q    <= h_data_q[7:4];
          g_newcode_q  <= h_data_q[30:16];
          g_newconst_q <= h_data_q[46:32];
          g_fill_q     <= algorand_pkg::FILL_BODY;
        end
      end
      if (body) begin
        g_word_q <= g_word_q + 13'd1;
        if (first_const) g_newmethods_q <= h_data_q[15:0];
        if (h_last_q) begin
          g_valid_q[g_into_q] <= 1'b1;
          g_fill_q            <= algorand_pkg::FILL_NONE;
        end
      end
      if (l_clear) begin
        g_valid_q  <= 4'd0;
        g_victim_q <= 2'd0;
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni && fault_i == 6'd0) begin
      // One slot for an application.
      assert ($onehot0(found) && $onehot0(at_home));
      // One source of a switch, one of a fill, and no fill starts before the last one ended.
      assert ($countones({c_entext, l_switch, g_redirect}) <= 1);
      assert ($countones({x_fill, l_fill, find}) <= 1);
      assert (!start || g_fill_q == algorand_pkg::FILL_NONE);
      // The working segment is never replaced.
      assert (!(code_we || const_we) || g_into_q != g_slot_q || !g_valid_q[g_slot_q]);
      // An application that a suspended method runs in was listed and installed: its fill does not fail.
      assert (!find || g_fail_q == 2'd0);
      // Switched to the application that was asked for.
      assert (!g_redirect || switch_seg.app == g_app_q);
      assert (!c_entext || (g_valid_q[x_slot_q] && switch_seg.app == s_nos_q));
      assert (!l_switch || switch_seg.app == l_app_q);
      // The host's answer is one of three.
      assert (!header || h_data_q[1:0] <= algorand_pkg::STATUS_ABSENT);
      // Areas fit their slots.
      assert (!header || h_data_q[1:0] != 2'd0 || (h_data_q[30:16] <= 15'(algorand_pkg::CODE_BYTES)
          && h_data_q[46:32] <= 15'(algorand_pkg::CONST_BYTES)));
      assert (!leave || !find);
    end
  end
`endif

endmodule

`default_nettype wire
