// SPDX-License-Identifier: MIT OR Apache-2.0
// Heap: the verdict on a heap instruction in X, and A, the half stage behind X.
//
// An instruction looks for its page in step 0 (pages.sv) and goes (a_goes) in step 1, when the page is there or known
// not to be listed. In that cycle everything is checked in the order of D9, and the heap word read. The cycle after is
// A's (a_state_q):
//   load     a_value goes to TOS, or to NOS if X pushes in this cycle (tos.sv)
//   store    the word is written back with the bytes of a_data_q; refill follows unless X pushes
//   refill   the second cell of the stack comes back to NOS
//   store, allocation, free   the log entry of an instruction inside a nested external invocation is written
// palloc stays in X, in step 2, until its words are cleared, last word first (p_clear_q left).
// Nothing is read at the edge that writes it: behind a store only a push may follow (ready.sv), a page that is
// still being filled is not complete, and undo starts when A is through.
`default_nettype none

module heap (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  // X.
  input  logic        x_heap,    // a heap instruction without exception
  input  logic [4:0]  x_class,
  input  logic [7:0]  x_op_q,
  input  logic [1:0]  x_step_q,
  input  logic [7:0]  x_cnt_q,
  input  logic        x_pushes,  // X pushes, behind an access
  input  logic [63:0] s_nos_q,
  input  logic [63:0] stack_rd,
  // Its page.
  input  logic        p_here,    // found, complete
  input  logic        p_lost,    // not listed
  input  logic        p_hit_q,
  input  logic [4:0]  p_slot_q,
  input  logic [7:0]  p_size,
  input  logic        p_absent,
  input  logic        p_beyond,
  input  logic        p_gone,
  // Log.
  input  logic        c_nest_q,
  input  logic [11:0] u_log_q,
  input  logic [11:0] l_logmax_q,
  // Verdict.
  output logic        a_goes,
  output logic        a_ends,    // goes, and throws or finishes
  output logic        a_throws,
  output logic        a_finish,
  output logic [4:0]  a_cause,
  output logic        a_touch,
  output logic        a_dirty,
  output logic        a_alloc,
  output logic        a_free,
  output logic        a_entry,   // takes a log entry
  // Heap RAM.
  input  logic [63:0] heap_rd,
  output logic        a_heap_en,
  output logic        a_heap_re,
  output logic [11:0] a_heap_ra,
  output logic        a_heap_we, // a store, or a cleared word
  output logic [11:0] a_heap_wa,
  output logic [63:0] a_heap_wd,
  // Log RAM.
  output logic        log_we,
  output algorand_pkg::log_entry_t log_wdata,
  // A.
  output logic        a_load,
  output logic        a_store,
  output logic        a_refill,
  output logic [63:0] a_value,
  // Registers.
  output logic [11:0] a_addr_q,
  output logic [7:0]  a_left_q,
  output logic [7:0]  p_clear_q
);

  algorand_pkg::late_e  a_state_q;
  logic        a_log_q;
  logic [2:0]  a_off_q;
  logic [2:0]  a_op_q;
  logic [63:0] a_data_q;



  // ---- Verdict, in the order of D9 ----

  logic       load;
  logic       store;
  logic       alloc;
  logic       free;
  logic       changes;     // takes a log entry inside a scope
  logic [2:0] align;
  logic       misaligned;
  logic       bad_size;
  logic       bad_operand;
  logic       bad_page;
  logic       bad_bound;
  logic       full;
  logic       acts;

  assign load    = x_class == algorand_pkg::CLASS_HLOAD;
  assign store   = x_class == algorand_pkg::CLASS_HSTORE;
  assign alloc   = x_op_q == algorand_pkg::OP_PALLOC;
  assign free    = x_op_q == algorand_pkg::OP_PFREE;
  assign changes = store || alloc || free;

  assign a_goes = x_heap && x_step_q == 2'd1 && (p_here || p_lost);

  always_comb begin : width
    case (x_op_q[1:0])
      2'd0: align = 3'b000;
      2'd1: align = 3'b001;
      2'd2: align = 3'b011;
      default: align = 3'b111;
    endcase
    if (alloc) align = 3'b111;
  end

  assign misaligned  = (load || store || alloc) && (s_nos_q[2:0] & align) != 3'd0;
  assign bad_size    = alloc && (s_nos_q[63:11] != 53'd0 || s_nos_q[10:0] > 11'(algorand_pkg::PAGE_MAX)
      || s_nos_q[10:0] == 11'd0);
  assign bad_operand = misaligned || bad_size;
  assign bad_page    = ((load || store || free) && p_absent)
      || (alloc && (!p_absent || (p_gone && fault_i != algorand_pkg::FAULT_REALLOC_FREED))); // fault realloc_freed
  assign bad_bound = (load || store) && p_beyond;
  assign full      = changes && c_nest_q && u_log_q >= l_logmax_q
      && !(fault_i == algorand_pkg::FAULT_UNDO_CAPACITY && u_log_q == l_logmax_q); // fault undo_capacity

  // Whether it ends is one or; only who asks for the reason waits for the order.
  assign a_ends   = a_goes && (bad_operand || !p_hit_q || bad_page || bad_bound || full);
  assign a_throws = a_goes && (bad_operand || (p_hit_q && (bad_page || bad_bound)));
  assign a_finish = a_ends && !a_throws;
  assign acts     = a_goes && !a_ends;

  always_comb begin : reason
    a_cause = algorand_pkg::END_CAPACITY;
    if (misaligned) a_cause = algorand_pkg::CAUSE_ALIGNMENT;
    else if (bad_size) a_cause = algorand_pkg::CAUSE_RANGE;
    else if (!p_hit_q) a_cause = algorand_pkg::END_REJECTED;
    else if (bad_page) a_cause = algorand_pkg::CAUSE_PAGE;
    else if (bad_bound) a_cause = algorand_pkg::CAUSE_PAGE_BOUNDS;
  end

  assign a_touch = a_goes && !bad_operand && p_hit_q;
  assign a_dirty = acts && changes;
  assign a_alloc = acts && alloc;
  assign a_free  = acts && free;
  assign a_entry = acts && changes && c_nest_q;

  // ---- A ----

  logic [63:0] aligned;
  logic [63:0] field;
  logic [63:0] merged;

  assign a_load   = a_state_q == algorand_pkg::LATE_LOAD;
  assign a_store  = a_state_q == algorand_pkg::LATE_STORE;
  assign a_refill = a_state_q == algorand_pkg::LATE_REFILL;

  always_comb begin : late_value
    aligned = 64'd0;
    a_value = 64'd0;
    if (a_load) begin
      aligned = heap_rd >> {a_off_q, 3'b000};
      case (a_op_q)
        3'd0: a_value = {56'd0, aligned[7:0]};
        3'd1: a_value = {48'd0, aligned[15:0]};
        3'd2: a_value = {32'd0, aligned[31:0]};
        3'd4: a_value = {{56{aligned[7]}}, aligned[7:0]};
        3'd5: a_value = {{48{aligned[15]}}, aligned[15:0]};
        3'd6: a_value = {{32{aligned[31]}}, aligned[31:0]};
        default: a_value = aligned;
      endcase
    end
  end

  always_comb begin : merge
    field  = 64'd0;
    merged = 64'd0;
    if (a_store) begin
      case (a_op_q[1:0])
        2'd0: field = 64'h0000_0000_0000_00ff;
        2'd1: field = 64'h0000_0000_0000_ffff;
        2'd2: field = 64'h0000_0000_ffff_ffff;
        default: field = 64'hffff_ffff_ffff_ffff;
      endcase
      merged = (heap_rd & ~(field << {a_off_q, 3'b000})) | ((a_data_q & field) << {a_off_q, 3'b000});
    end
  end

  // ---- RAMs ----

  logic       clear;      // step 2 of palloc
  logic [7:0] clear_word;
  logic       unused_clear;
  algorand_pkg::log_e kind;
  logic [63:0] old;

  assign clear        = x_heap && x_step_q[1];
  assign clear_word   = p_clear_q - 8'd1;
  assign unused_clear = clear_word[7];

  assign a_heap_en = a_goes && (load || store);
  assign a_heap_re = acts && (load || store);
  assign a_heap_ra = {p_slot_q, s_nos_q[9:3]};
  // The first word to be cleared, the page's last one, is cleared in the cycle of A.
  assign a_heap_we = a_store
      || (clear && !(fault_i == algorand_pkg::FAULT_ALLOC_DIRTY // fault alloc_dirty
          && a_state_q == algorand_pkg::LATE_ALLOCATION));
  assign a_heap_wa = a_store ? a_addr_q : {a_addr_q[11:7], clear_word[6:0]};
  assign a_heap_wd = merged; // 0 unless store

  always_comb begin : entry
    case (a_state_q)
      algorand_pkg::LATE_ALLOCATION: begin
        kind = algorand_pkg::LOG_ALLOCATION;
        old  = 64'd0;
      end
      algorand_pkg::LATE_FREE: begin
        kind = algorand_pkg::LOG_FREE;
        old  = a_data_q;
      end
      default: begin
        kind = algorand_pkg::LOG_STORE;
        old  = heap_rd;
      end
    endcase
  end

  assign log_we = a_log_q && (a_state_q == algorand_pkg::LATE_ALLOCATION || a_state_q == algorand_pkg::LATE_FREE
      || (a_store
      && !(fault_i == algorand_pkg::FAULT_LOG_LOST && a_op_q[1:0] != 2'd3))); // fault log_lost
  assign log_wdata = {kind, a_addr_q, old};

  // ---- Registers ----

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      a_state_q <= algorand_pkg::LATE_NONE;
      a_log_q   <= 1'b0;
      a_addr_q  <= 12'd0;
      a_off_q   <= 3'd0;
      a_op_q    <= 3'd0;
      a_data_q  <= 64'd0;
      a_left_q  <= 8'd0;
      p_clear_q <= 8'd0;
    end else begin
      a_state_q <= a_store && !x_pushes ? algorand_pkg::LATE_REFILL : algorand_pkg::LATE_NONE;
      if (acts) begin
        if (load) a_state_q <= algorand_pkg::LATE_LOAD;
        if (store) a_state_q <= algorand_pkg::LATE_STORE;
        if (alloc) a_state_q <= algorand_pkg::LATE_ALLOCATION;
        if (free) a_state_q <= algorand_pkg::LATE_FREE;
        if (changes) a_log_q <= c_nest_q;
        if (load || store) begin
          a_off_q <= s_nos_q[2:0];
          a_op_q  <= x_op_q[2:0];
        end
        if (store) begin
          a_addr_q <= a_heap_ra;
          a_data_q <= stack_rd;
          a_left_q <= x_cnt_q - 8'd3;
        end
        if (alloc || free) a_addr_q <= {p_slot_q, 7'd0};
        if (free) a_data_q <= {56'd0, p_size};
        if (alloc) p_clear_q <= s_nos_q[10:3];
      end
      if (clear) p_clear_q <= clear_word;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni && fault_i == 6'd0) begin
      assert (a_state_q <= algorand_pkg::LATE_FREE);
      // Behind a store comes a push or nothing; no one goes into a cycle that A still needs.
      assert (!acts || !(a_store || a_refill));
      // A page is cleared word by word, down to its first.
      assert (!clear || (p_clear_q != 8'd0 && p_clear_q <= 8'(algorand_pkg::PAGE_WORDS)));
      // An entry is written where the counter says that there is one.
      assert (!log_we || u_log_q != 12'd0);
      assert (!a_entry || u_log_q < 12'(algorand_pkg::LOG_DEPTH));
    end
  end
`endif

endmodule

`default_nettype wire
