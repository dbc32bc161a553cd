// SPDX-License-Identifier: MIT OR Apache-2.0
// Loader: everything outside a call's instructions. It asks the host for a job, the list of pages and the pages, the
// first segment and the first arguments, makes the first invocation, and reports what came of it.
//
//   sweep -> job -> [list -> pages] -> segment -> [args] -> enter0, enter1 -> run -> drain -> fuel -> tally
//         -> [out -> read, word ...] -> done -> sweep
//
// In a state that requests, the request is made in the first cycle in which the port is free (l_req). Where there is
// a response it is made once (l_asked_q), and the beats (h_word) are numbered by l_addr_q. The pages arrive while the
// call runs (pages.sv); drain waits for the last of them. After a call that returned, out, read and word send
// the pages that were written.
// sweep clears the frame tags that the last call used (l_high_q words): its invocation numbers come again.
`default_nettype none

module loader (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  // Port.
  input  logic         h_free,
  input  logic         h_word,
  input  logic         h_last_q,
  input  logic [63:0]  h_data_q,
  output logic         l_req,
  output logic         l_page,
  output algorand_pkg::request_t l_request,
  // Pages, segment, arguments.
  output logic         l_clear,    // a new call
  output logic         l_dir_we,   // name {l_ai_q, h_data} of slot l_dir_slot
  output logic [4:0]   l_dir_slot,
  output logic         l_fill,     // start a fill of l_app_q
  output logic         l_switch,
  output logic         l_frame_we, // argument word l_addr_q
  input  logic         g_idle,
  input  logic [1:0]   g_fail_q,
  input  logic [15:0]  g_methods_q,
  // First invocation: table entry, and what follows from it.
  input  algorand_pkg::method_t entry,
  input  logic [63:0]  d_fuel_q,
  output logic         l_const_re,
  output logic [10:0]  l_const_ra,
  output logic         l_init,     // enter0
  output logic         l_start,    // enter1, the first method begins
  output logic [16:0]  l_target,
  output logic         l_finish,   // enter1, it does not
  output logic         l_enter,    // enter1
  output logic         l_run,      // run
  output logic [4:0]   l_kind,
  output logic [63:0]  l_value,
  output logic         l_fuel_set,
  output logic [63:0]  l_fuel_new,
  // Outcome of the call.
  input  logic         o_valid_q,
  input  logic [4:0]   o_kind_q,
  input  logic [63:0]  o_value_q,
  input  logic [31:0]  c_next_q,
  input  logic [31:0]  p_touched_q,
  input  logic [31:0]  p_dirty_q,
  input  logic         p_all,      // no page is still to come
  input  logic [7:0]   l_size,     // of page slot l_addr_q
  input  logic [11:0]  u_high_q,
  output logic         l_taken,    // the outcome is taken
  // Written pages.
  input  logic [63:0]  heap_rd,
  output logic         l_heap_re,
  output logic [11:0]  l_heap_ra,
  // Frame words in use.
  input  logic         c_enter,
  input  logic [12:0]  c_top,
  output logic         l_sweep,    // clear tag word l_addr_q
  // Registers.
  output logic [13:0]  l_addr_q,
  output logic [63:0]  l_app_q,
  output logic [11:0]  l_args_q,
  output logic [5:0]   l_pages_q,
  output logic [9:0]   l_depthmax_q,
  output logic [31:0]  l_invmax_q,
  output logic [11:0]  l_logmax_q,
  output logic [3:0]   l_ai_q
);

  algorand_pkg::loader_e  l_state_q;
  logic        l_asked_q;
  logic [6:0]  l_word_q;
  logic [16:0] l_method_q;
  logic [12:0] l_high_q;
  logic [1:0]  l_fail_q;




  // ---- State machine ----

  logic       ask;        // this state's request is still to be made
  logic       beat_last;
  logic [5:0] pages_d;    // l_pages_q, also in the cycle of its beat
  logic       sweeping;
  logic       dirty;      // slot l_addr_q
  logic       page_sent;  // of it
  algorand_pkg::loader_e state_d;

  assign beat_last = h_word && h_last_q;
  assign sweeping  = l_addr_q < {1'b0, l_high_q};
  assign pages_d   = l_addr_q == 14'd4 ? h_data_q[37:32] : l_pages_q;
  assign dirty     = p_dirty_q[l_addr_q[4:0]];
  assign l_req     = ask && h_free;

  always_comb begin : next_state
    ask       = 1'b0;
    page_sent = 1'b0;
    state_d   = l_state_q;
    case (l_state_q)
      algorand_pkg::LOADER_SWEEP: if (!sweeping) state_d = algorand_pkg::LOADER_JOB;
      algorand_pkg::LOADER_JOB: begin
        ask = !l_asked_q;
        if (beat_last) state_d = pages_d == 6'd0 ? algorand_pkg::LOADER_SEGMENT : algorand_pkg::LOADER_LIST;
      end
      algorand_pkg::LOADER_LIST: begin
        ask = !l_asked_q;
        if (beat_last) state_d = algorand_pkg::LOADER_PAGES;
      end
      algorand_pkg::LOADER_PAGES: begin
        ask = 1'b1;
        if (l_req && l_addr_q[5:0] + 6'd1 == l_pages_q) state_d = algorand_pkg::LOADER_SEGMENT;
      end
      algorand_pkg::LOADER_SEGMENT: if (l_asked_q && g_idle)
        state_d = l_args_q == 12'd0 ? algorand_pkg::LOADER_ENTER0 : algorand_pkg::LOADER_ARGS;
      algorand_pkg::LOADER_ARGS: begin
        ask = !l_asked_q;
        if (beat_last) state_d = algorand_pkg::LOADER_ENTER0;
      end
      algorand_pkg::LOADER_ENTER0: state_d = algorand_pkg::LOADER_ENTER1;
      algorand_pkg::LOADER_ENTER1: state_d = algorand_pkg::LOADER_RUN;
      algorand_pkg::LOADER_RUN: if (o_valid_q) state_d = algorand_pkg::LOADER_DRAIN;
      algorand_pkg::LOADER_DRAIN: if (p_all) state_d = algorand_pkg::LOADER_FUEL;
      algorand_pkg::LOADER_FUEL: begin
        ask = 1'b1;
        if (l_req) state_d = algorand_pkg::LOADER_TALLY;
      end
      algorand_pkg::LOADER_TALLY: begin
        ask = 1'b1;
        if (l_req) state_d = o_kind_q <= algorand_pkg::END_VALUE ? algorand_pkg::LOADER_OUT : algorand_pkg::LOADER_DONE;
      end
      algorand_pkg::LOADER_OUT: begin
        ask = dirty;
        if (l_req && l_size != 8'd0) state_d = algorand_pkg::LOADER_READ;
        else page_sent = l_req || !dirty;
      end
      algorand_pkg::LOADER_READ: state_d = algorand_pkg::LOADER_WORD;
      algorand_pkg::LOADER_WORD: begin
        ask = 1'b1;
        if (l_req) begin
          if ({1'b0, l_word_q} + 8'd1 == l_size) page_sent = 1'b1;
          else state_d = algorand_pkg::LOADER_READ;
        end
      end
      default: begin // DONE
        ask = 1'b1;
        if (l_req) state_d = algorand_pkg::LOADER_SWEEP;
      end
    endcase
    if (page_sent)
      state_d = l_addr_q[4:0] == 5'(algorand_pkg::PAGE_SLOTS - 1) ? algorand_pkg::LOADER_DONE : algorand_pkg::LOADER_OUT;
  end

  assign l_sweep    = l_state_q == algorand_pkg::LOADER_SWEEP && sweeping;
  assign l_taken    = l_state_q == algorand_pkg::LOADER_RUN && o_valid_q;
  assign l_clear    = l_state_q == algorand_pkg::LOADER_JOB && beat_last;
  assign l_dir_we   = l_state_q == algorand_pkg::LOADER_LIST && h_word && l_addr_q[0];
  assign l_dir_slot = l_addr_q[5:1];
  assign l_fill     = l_state_q == algorand_pkg::LOADER_SEGMENT && !l_asked_q;
  assign l_switch   = l_state_q == algorand_pkg::LOADER_SEGMENT && l_asked_q && g_idle
      && g_fail_q == algorand_pkg::STATUS_FILLED;
  assign l_frame_we = l_state_q == algorand_pkg::LOADER_ARGS && h_word;
  assign l_heap_re  = l_state_q == algorand_pkg::LOADER_READ;
  assign l_heap_ra  = {l_addr_q[4:0], l_word_q};

  // ---- First invocation ----

  logic known; // the method is in the table

  assign l_enter    = l_state_q == algorand_pkg::LOADER_ENTER1;
  assign l_run      = l_state_q == algorand_pkg::LOADER_RUN;
  assign known      = l_method_q < {1'b0, g_methods_q};
  assign l_init     = l_state_q == algorand_pkg::LOADER_ENTER0;
  assign l_const_re = l_init && known && l_fail_q == algorand_pkg::STATUS_FILLED;
  assign l_const_ra = l_method_q[10:0] + 11'd1;
  assign l_target   = {1'b0, entry.offset};

  always_comb begin : first_checks
    l_start  = 1'b0;
    l_finish = 1'b0;
    l_kind   = algorand_pkg::END_EXCEPTION;
    l_value  = 64'd0;
    if (l_state_q == algorand_pkg::LOADER_ENTER1) begin
      l_finish = 1'b1;
      if (d_fuel_q[63]) l_kind = algorand_pkg::END_OUT_OF_FUEL;
      else if (l_fail_q == algorand_pkg::STATUS_UNLISTED) l_kind = algorand_pkg::END_REJECTED;
      else if (l_fail_q != algorand_pkg::STATUS_FILLED) l_value = {1'b1, 58'd0, algorand_pkg::CAUSE_APPLICATION};
      else if (!known) l_value = {1'b1, 58'd0, algorand_pkg::CAUSE_METHOD};
      else if (!entry.open) l_value = {1'b1, 58'd0, algorand_pkg::CAUSE_ACCESS};
      else if (entry.args != {4'd0, l_args_q}) l_value = {1'b1, 58'd0, algorand_pkg::CAUSE_ARGUMENTS};
      else begin
        l_finish = 1'b0;
        l_start  = 1'b1;
      end
    end
  end

  // ---- Payload of requests ----

  assign l_page = l_req && l_state_q == algorand_pkg::LOADER_PAGES;

  always_comb begin : payload
    l_request.kind = algorand_pkg::REQUEST_DONE;
    l_request.a    = 64'd0;
    l_request.b    = 64'd0;
    case (l_state_q)
      algorand_pkg::LOADER_JOB: l_request.kind = algorand_pkg::REQUEST_JOB;
      algorand_pkg::LOADER_LIST: begin
        l_request.kind = algorand_pkg::REQUEST_LIST;
        l_request.a    = {58'd0, l_pages_q};
      end
      algorand_pkg::LOADER_PAGES: begin
        l_request.kind = algorand_pkg::REQUEST_PAGE;
        l_request.a    = {50'd0, l_addr_q};
      end
      algorand_pkg::LOADER_ARGS: begin
        l_request.kind = algorand_pkg::REQUEST_ARGS;
        l_request.a    = l_app_q;
        l_request.b    = {52'd0, l_args_q};
      end
      algorand_pkg::LOADER_FUEL: begin
        l_request.kind = algorand_pkg::REQUEST_FUEL;
        l_request.a    = d_fuel_q;
        l_request.b    = {32'd0, c_next_q - 32'd1}; // invocations made
      end
      algorand_pkg::LOADER_TALLY: begin
        l_request.kind = algorand_pkg::REQUEST_TALLY;
        l_request.a    = {p_dirty_q, p_touched_q};
        l_request.b    = {52'd0, u_high_q};
      end
      algorand_pkg::LOADER_OUT: begin
        l_request.kind = algorand_pkg::REQUEST_PAGE_OUT;
        l_request.a    = {50'd0, l_addr_q};
        l_request.b    = {56'd0, l_size};
      end
      algorand_pkg::LOADER_WORD: begin
        l_request.kind = algorand_pkg::REQUEST_WORD;
        l_request.a    = heap_rd;
        l_request.b    = {52'd0, l_addr_q[4:0], l_word_q};
      end
      default: begin // DONE
        l_request.a = {59'd0, o_kind_q};
        l_request.b = fault_i == algorand_pkg::FAULT_WRONG_OUTCOME ? ~o_value_q : o_value_q; // fault wrong_outcome
      end
    endcase
  end

  // ---- Registers ----

  logic answered; // in this state the host's beats are the loader's
  logic leave;    // the state; out, read and word share l_addr_q

  assign leave = state_d != l_state_q && state_d != algorand_pkg::LOADER_READ && state_d != algorand_pkg::LOADER_WORD
      && !(state_d == algorand_pkg::LOADER_OUT && l_state_q != algorand_pkg::LOADER_TALLY);

  assign answered = l_state_q == algorand_pkg::LOADER_JOB || l_state_q == algorand_pkg::LOADER_LIST || l_state_q == algorand_pkg::LOADER_ARGS;

  assign l_fuel_set = l_state_q == algorand_pkg::LOADER_JOB && h_word && l_addr_q == 14'd1;
  assign l_fuel_new = h_data_q;

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      l_state_q <= algorand_pkg::LOADER_SWEEP;
      l_asked_q <= 1'b0;
      l_addr_q  <= 14'd0;
      l_word_q  <= 7'd0;
    end else begin
      l_state_q <= state_d;
      if (leave) begin
        l_asked_q <= 1'b0;
        l_addr_q  <= 14'd0;
      end else begin
        if (l_fill || (l_req && answered)) l_asked_q <= 1'b1;
        if (l_sweep || l_page || page_sent
            || (h_word && answered)) l_addr_q <= l_addr_q + 14'd1;
      end
      if (state_d == algorand_pkg::LOADER_READ)
        l_word_q <= l_state_q == algorand_pkg::LOADER_OUT ? 7'd0 : l_word_q + 7'd1;
    end
  end

  always_ff @(posedge clk_i) begin : job
    if (!rst_ni) begin
      l_app_q      <= 64'd0;
      l_method_q   <= 17'd0;
      l_args_q     <= 12'd0;
      l_pages_q    <= 6'd0;
      l_depthmax_q <= 10'd0;
      l_invmax_q   <= 32'd0;
      l_logmax_q   <= 12'd0;
      l_fail_q     <= algorand_pkg::STATUS_FILLED;
      l_ai_q       <= 4'd0;
    end else begin
      if (l_state_q == algorand_pkg::LOADER_JOB && h_word) begin
        case (l_addr_q)
          14'd0: l_app_q <= h_data_q;
          14'd2: l_method_q <= {h_data_q[63:16] != 48'd0, h_data_q[15:0]};
          14'd3: begin
            l_args_q     <= h_data_q[11:0];
            l_depthmax_q <= h_data_q[25:16];
            l_logmax_q   <= h_data_q[43:32];
          end
          14'd4: begin
            l_invmax_q <= h_data_q[31:0];
            l_pages_q  <= h_data_q[37:32];
          end
          default: ; // beat 1 is the tank, in D
        endcase
      end
      if (l_state_q == algorand_pkg::LOADER_LIST && h_word && !l_addr_q[0]) l_ai_q <= h_data_q[3:0];
      if (l_clear) l_fail_q <= algorand_pkg::STATUS_FILLED;
      else if (l_state_q == algorand_pkg::LOADER_SEGMENT && l_asked_q && g_idle) l_fail_q <= g_fail_q;
    end
  end

  always_ff @(posedge clk_i) begin : high_water
    if (!rst_ni) l_high_q <= 13'(algorand_pkg::FRAME_WORDS);
    else if (l_start) l_high_q <= entry.frame[15:3] + {12'd0, entry.frame[2:0] != 3'd0};
    else if (l_finish) l_high_q <= 13'd0;
    else if (c_enter && c_top > l_high_q) l_high_q <= c_top;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni && fault_i == 6'd0) begin
      // Frames end inside the frame RAM; the sweep must be able to reach them all.
      assert (l_high_q <= 13'(algorand_pkg::FRAME_WORDS));
      // The host refuses longer lists (D32).
      assert (l_pages_q <= 6'(algorand_pkg::PAGE_SLOTS));
      assert (!l_dir_we || l_addr_q[13:1] < {7'd0, l_pages_q});
      // A page that is sent has words, and its word count bounds l_word_q.
      assert (l_state_q != algorand_pkg::LOADER_WORD || {1'b0, l_word_q} < l_size);
      // Outcomes come from running calls only.
      assert (!o_valid_q || l_state_q == algorand_pkg::LOADER_RUN);
      assert (!c_enter || l_state_q == algorand_pkg::LOADER_RUN);
    end
  end
`endif

endmodule

`default_nettype wire
