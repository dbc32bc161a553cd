// Heap: the verdict on a heap instruction in X, and A, the half stage behind X.
//
// An instruction goes (a_goes_o) in step 0, or in step 1 if pages were still to come and its own is there. In that
// cycle the page is matched (pages.sv), everything checked in the order of D9, and the heap word read. The cycle after
// is A's (a_state_q):
//   load     a_value_o goes to TOS, or to NOS if X pushes in this cycle (tos.sv)
//   store    the word is written back with the bytes of a_data_q; refill follows unless X pushes
//   refill   the second cell of the stack comes back to NOS
//   store, allocation, free   the log entry of an instruction inside a nested external invocation is written
// palloc stays in X, in step 2, until its words are cleared, last word first (p_clear_q left).
// Nothing is read at the edge that writes it: behind a store only a push may follow (ready.sv), a page that is
// still being filled does not match as ready, and undo starts when A is through.
`default_nettype none

module heap (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  // X.
  input  logic        x_heap_i,     // a heap instruction without exception
  input  logic [4:0]  x_class_i,
  input  logic [7:0]  x_op_i,
  input  logic [1:0]  x_step_i,
  input  logic [7:0]  x_cnt_i,
  input  logic        x_pushes_i,   // X pushes, behind an access
  input  logic [63:0] x_nos_i,
  input  logic [63:0] stack_rd_i,
  // Its page.
  input  logic        p_all_i,      // no page is still to come
  input  logic        p_hit_i,
  input  logic [4:0]  p_slot_i,
  input  logic [7:0]  p_size_i,
  input  logic        p_absent_i,
  input  logic        p_beyond_i,
  input  logic        p_gone_i,
  // Log.
  input  logic        c_nest_i,
  input  logic [11:0] u_log_i,
  input  logic [11:0] l_logmax_i,
  // Verdict.
  output logic        a_goes_o,
  output logic        a_ends_o,     // goes, and throws or finishes
  output logic        a_throws_o,
  output logic        a_finish_o,
  output logic [4:0]  a_cause_o,
  output logic        a_touch_o,
  output logic        a_dirty_o,
  output logic        a_alloc_o,
  output logic        a_free_o,
  output logic        a_entry_o,    // takes a log entry
  // Heap RAM.
  input  logic [63:0] heap_rd_i,
  output logic        a_heap_en_o,
  output logic        a_heap_re_o,
  output logic [11:0] a_heap_ra_o,
  output logic        a_heap_we_o,  // a store, or a cleared word
  output logic [11:0] a_heap_wa_o,
  output logic [63:0] a_heap_wd_o,
  // Log RAM.
  output logic        a_log_we_o,
  output logic [77:0] a_log_wd_o,
  // A.
  output logic        a_load_o,
  output logic        a_store_o,
  output logic        a_refill_o,
  output logic [63:0] a_value_o,
  // Registers.
  output logic [11:0] a_addr_o,
  output logic [7:0]  a_left_o,
  output logic [7:0]  p_clear_o
);

  logic [2:0]  a_state_q;
  logic        a_log_q;
  logic [11:0] a_addr_q;
  logic [2:0]  a_off_q;
  logic [2:0]  a_op_q;
  logic [63:0] a_data_q;
  logic [7:0]  a_left_q;
  logic [7:0]  p_clear_q;

  assign a_addr_o  = a_addr_q;
  assign a_left_o  = a_left_q;
  assign p_clear_o = p_clear_q;

  localparam logic [2:0] NONE       = 3'd0;
  localparam logic [2:0] LOAD       = 3'd1;
  localparam logic [2:0] STORE      = 3'd2;
  localparam logic [2:0] REFILL     = 3'd3;
  localparam logic [2:0] ALLOCATION = 3'd4;
  localparam logic [2:0] FREE       = 3'd5;

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

  assign load    = x_class_i == algorand_pkg::CLASS_HLOAD;
  assign store   = x_class_i == algorand_pkg::CLASS_HSTORE;
  assign alloc   = x_op_i == algorand_pkg::OP_PALLOC;
  assign free    = x_op_i == algorand_pkg::OP_PFREE;
  assign changes = store || alloc || free;

  assign a_goes_o = x_heap_i && !x_step_i[1] && (p_all_i || x_step_i[0]);

  always_comb begin : width
    case (x_op_i[1:0])
      2'd0: align = 3'b000;
      2'd1: align = 3'b001;
      2'd2: align = 3'b011;
      default: align = 3'b111;
    endcase
    if (alloc) align = 3'b111;
  end

  assign misaligned  = (load || store || alloc) && (x_nos_i[2:0] & align) != 3'd0;
  assign bad_size    = alloc && (x_nos_i[63:11] != 53'd0 || x_nos_i[10:0] > 11'd1024 || x_nos_i[10:0] == 11'd0);
  assign bad_operand = misaligned || bad_size;
  assign bad_page    = ((load || store || free) && p_absent_i)
      || (alloc && (!p_absent_i || (p_gone_i && fault_i != algorand_pkg::FAULT_REALLOC_FREED))); // fault realloc_freed
  assign bad_bound   = (load || store) && p_beyond_i;
  assign full        = changes && c_nest_i && u_log_i >= l_logmax_i
      && !(fault_i == algorand_pkg::FAULT_UNDO_CAPACITY && u_log_i == l_logmax_i); // fault undo_capacity

  // Whether it ends is one or; only who asks for the reason waits for the order.
  assign a_ends_o   = a_goes_o && (bad_operand || !p_hit_i || bad_page || bad_bound || full);
  assign a_throws_o = a_goes_o && (bad_operand || (p_hit_i && (bad_page || bad_bound)));
  assign a_finish_o = a_ends_o && !a_throws_o;
  assign acts       = a_goes_o && !a_ends_o;

  always_comb begin : reason
    a_cause_o = algorand_pkg::END_CAPACITY;
    if (misaligned) a_cause_o = algorand_pkg::CAUSE_ALIGNMENT;
    else if (bad_size) a_cause_o = algorand_pkg::CAUSE_RANGE;
    else if (!p_hit_i) a_cause_o = algorand_pkg::END_REJECTED;
    else if (bad_page) a_cause_o = algorand_pkg::CAUSE_PAGE;
    else if (bad_bound) a_cause_o = algorand_pkg::CAUSE_PAGE_BOUNDS;
  end

  assign a_touch_o = a_goes_o && !bad_operand && p_hit_i;
  assign a_dirty_o = acts && changes;
  assign a_alloc_o = acts && alloc;
  assign a_free_o  = acts && free;
  assign a_entry_o = acts && changes && c_nest_i;

  // ---- A ----

  logic [63:0] aligned;
  logic [63:0] field;
  logic [63:0] merged;

  assign a_load_o   = a_state_q == LOAD;
  assign a_store_o  = a_state_q == STORE;
  assign a_refill_o = a_state_q == REFILL;

  always_comb begin : late_value
    aligned   = 64'd0;
    a_value_o = 64'd0;
    if (a_load_o) begin
      aligned = heap_rd_i >> {a_off_q, 3'b000};
      case (a_op_q)
        3'd0: a_value_o = {56'd0, aligned[7:0]};
        3'd1: a_value_o = {48'd0, aligned[15:0]};
        3'd2: a_value_o = {32'd0, aligned[31:0]};
        3'd4: a_value_o = {{56{aligned[7]}}, aligned[7:0]};
        3'd5: a_value_o = {{48{aligned[15]}}, aligned[15:0]};
        3'd6: a_value_o = {{32{aligned[31]}}, aligned[31:0]};
        default: a_value_o = aligned;
      endcase
    end
  end

  always_comb begin : merge
    field  = 64'd0;
    merged = 64'd0;
    if (a_store_o) begin
      case (a_op_q[1:0])
        2'd0: field = 64'h0000_0000_0000_00ff;
        2'd1: field = 64'h0000_0000_0000_ffff;
        2'd2: field = 64'h0000_0000_ffff_ffff;
        default: field = 64'hffff_ffff_ffff_ffff;
      endcase
      merged = (heap_rd_i & ~(field << {a_off_q, 3'b000})) | ((a_data_q & field) << {a_off_q, 3'b000});
    end
  end

  // ---- RAMs ----

  logic       clear;      // step 2 of palloc
  logic [7:0] clear_word;
  logic       unused_clear;
  logic [1:0] kind;
  logic [63:0] old;

  assign clear        = x_heap_i && x_step_i[1];
  assign clear_word   = p_clear_q - 8'd1;
  assign unused_clear = clear_word[7];

  assign a_heap_en_o = a_goes_o && (load || store);
  assign a_heap_re_o = acts && (load || store);
  assign a_heap_ra_o = {p_slot_i, x_nos_i[9:3]};
  // The first word to be cleared, the page's last one, is cleared in the cycle of A.
  assign a_heap_we_o = a_store_o
      || (clear && !(fault_i == algorand_pkg::FAULT_ALLOC_DIRTY && a_state_q == ALLOCATION)); // fault alloc_dirty
  assign a_heap_wa_o = a_store_o ? a_addr_q : {a_addr_q[11:7], clear_word[6:0]};
  assign a_heap_wd_o = merged; // 0 unless store

  always_comb begin : entry
    case (a_state_q)
      ALLOCATION: begin
        kind = 2'd1;
        old  = 64'd0;
      end
      FREE: begin
        kind = 2'd2;
        old  = a_data_q;
      end
      default: begin
        kind = 2'd0;
        old  = heap_rd_i;
      end
    endcase
  end

  assign a_log_we_o = a_log_q && (a_state_q == ALLOCATION || a_state_q == FREE || (a_store_o
      && !(fault_i == algorand_pkg::FAULT_LOG_LOST && a_op_q[1:0] != 2'd3))); // fault log_lost
  assign a_log_wd_o = {kind, a_addr_q, old};

  // ---- Registers ----

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      a_state_q <= NONE;
      a_log_q   <= 1'b0;
      a_addr_q  <= 12'd0;
      a_off_q   <= 3'd0;
      a_op_q    <= 3'd0;
      a_data_q  <= 64'd0;
      a_left_q  <= 8'd0;
      p_clear_q <= 8'd0;
    end else begin
      a_state_q <= a_store_o && !x_pushes_i ? REFILL : NONE;
      if (acts) begin
        if (load) a_state_q <= LOAD;
        if (store) a_state_q <= STORE;
        if (alloc) a_state_q <= ALLOCATION;
        if (free) a_state_q <= FREE;
        if (changes) a_log_q <= c_nest_i;
        if (load || store) begin
          a_off_q <= x_nos_i[2:0];
          a_op_q  <= x_op_i[2:0];
        end
        if (store) begin
          a_addr_q <= a_heap_ra_o;
          a_data_q <= stack_rd_i;
          a_left_q <= x_cnt_i - 8'd3;
        end
        if (alloc || free) a_addr_q <= {p_slot_i, 7'd0};
        if (free) a_data_q <= {56'd0, p_size_i};
        if (alloc) p_clear_q <= x_nos_i[10:3];
      end
      if (clear) p_clear_q <= clear_word;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni && fault_i == 6'd0) begin
      assert (a_state_q <= FREE);
      // Behind a store comes a push or nothing; no one goes into a cycle that A still needs.
      assert (!acts || !(a_store_o || a_refill_o));
      // A page is cleared word by word, down to its first.
      assert (!clear || (p_clear_q != 8'd0 && p_clear_q <= 8'd128));
      // An entry is written where the counter says that there is one.
      assert (!a_log_we_o || u_log_i != 12'd0);
      assert (!a_entry_o || u_log_i < 12'd2048);
    end
  end
`endif

endmodule

`default_nettype wire
