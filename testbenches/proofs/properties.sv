// SPDX-License-Identifier: MIT OR Apache-2.0
// What is stated of the Algorand core, in place of the checks in simulation (rtl/algorand/isolation.sv). prove.py says which
// of these it proves, README.md what became of the others. Records are this module's own; of each memory one word,
// whichever it is.
//
//   page_   an accepted heap access has found a slot, which holds the page asked for, of the working application
//   inside_ a load or a store that is accepted lies inside that page, and so does what it writes a cycle later
//   kept_   a store inside a scope puts into the log what was in the word that it changes, and where
//   undo_   undo writes what the log holds, the entry that the counter says
`default_nettype none

module isolation (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  // Named by the core for the checks in simulation.
  input  logic [3:0]  seg_ai,
  input  logic [63:0] seg_app,
  input  logic        a_acts,
  input  logic [4:0]  x_class,
  input  logic [1:0]  x_op,
  input  logic        x_cleared,
  input  logic [4:0]  a_slot,
  // Pages.
  input  logic        dir_we,
  input  logic [4:0]  dir_waddr,
  input  algorand_pkg::page_name_t dir_wdata,
  input  logic        size_we,
  input  logic [4:0]  size_waddr,
  input  logic [7:0]  size_wdata,
  input  logic [3:0]  g_ai_q,
  input  logic [63:0] s_tos_q,
  input  logic [63:0] s_nos_q,
  input  logic        p_hit_q,
  input  logic [4:0]  p_slot_q,
  // Heap and log.
  input  logic        heap_we,
  input  logic [11:0] heap_waddr,
  input  logic [63:0] heap_wdata,
  input  logic        a_store,
  input  logic        log_we,
  input  logic [10:0] log_waddr,
  input  algorand_pkg::log_entry_t log_wdata,
  input  logic        u_heap_we,
  input  logic        u_size_we,
  input  logic [11:0] u_addr,
  input  logic [63:0] u_data,
  input  logic [11:0] u_log_q,
  // Scopes.
  input  logic        u_undo,
  input  logic [11:0] c_mark_q
);

  // The words that are kept, chosen once.
  (* keep *) (* anyconst *) logic [4:0]  slot;
  (* keep *) (* anyconst *) logic [11:0] place;
  (* keep *) (* anyconst *) logic [10:0] entry;

  algorand_pkg::page_name_t name_q;
  logic [7:0]               size_q;
  logic [63:0]              heap_q;
  algorand_pkg::log_entry_t entry_q;

  always_ff @(posedge clk_i) begin : records
    if (dir_we && dir_waddr == slot) name_q <= dir_wdata;
    if (size_we && size_waddr == slot) size_q <= size_wdata;
    if (heap_we && heap_waddr == place) heap_q <= heap_wdata;
    if (log_we && log_waddr == entry) entry_q <= log_wdata;
  end

  // ---- Pages ----

  logic        access;
  logic [64:0] access_end;
  logic        stores_q;
  logic [11:0] stores_at_q;

  assign access     = a_acts && x_class != algorand_pkg::CLASS_PAGE;
  assign access_end = {1'b0, s_nos_q} + (65'd1 << x_op);

  always_ff @(posedge clk_i) begin : accepted
    stores_q    <= rst_ni && a_acts && x_class == algorand_pkg::CLASS_HSTORE;
    stores_at_q <= {p_slot_q, s_nos_q[9:3]};
  end

  always_ff @(posedge clk_i) begin : pages
    if (rst_ni) begin
      page_found: assert (!a_acts || p_hit_q);
      page_named: assert (!a_acts || p_slot_q != slot || name_q == {g_ai_q, s_tos_q});
      inside_page: assert (!access || p_slot_q != slot || access_end <= {54'd0, size_q, 3'b000});
      inside_late: assert (!a_store || (stores_q && heap_we && heap_waddr == stores_at_q));
    end
  end

  // ---- Undo ----

  logic undoes;
  logic marked_q; // no scope was undone whose mark is above the counter: what a return reads of scopes is anything here

  always_ff @(posedge clk_i) marked_q <= !rst_ni || (marked_q && !(u_undo && u_log_q < c_mark_q));

  assign undoes = (u_heap_we || u_size_we) && u_log_q == {1'b0, entry};

  always_ff @(posedge clk_i) begin : undo
    if (rst_ni) begin
      kept_value: assert (!(log_we && a_store) || heap_waddr != place || log_wdata.data == heap_q);
      kept_place: assert (!(log_we && a_store) || (heap_we && log_wdata.addr == heap_waddr
          && log_wdata.kind == algorand_pkg::LOG_STORE));
      undo_entry: assert (!undoes || !marked_q || {u_addr, u_data} == {entry_q.addr, entry_q.data});
      undo_heap: assert (!u_heap_we || (heap_we && heap_waddr == u_addr && heap_wdata == u_data));
      undo_kind: assert (!undoes || !marked_q || u_heap_we == (entry_q.kind == algorand_pkg::LOG_STORE));
      undo_size: assert (!u_size_we || (size_we && size_waddr == u_addr[11:7] && size_wdata == u_data[7:0]));
    end
  end

  logic unused;

  assign unused = ^{fault_i, seg_ai, seg_app, x_cleared, a_slot};

endmodule

`default_nettype wire
