// SPDX-License-Identifier: MIT OR Apache-2.0
// Top of stack: the two top cells of the method's operand stack, and what goes to and comes from the stack RAM.
//
// Cell i below the two is stack word c_sbase_q + i. X says what it does to the cells; a push (push, at depth
// push_cnt) moves NOS to the RAM. Behind a heap access (A, heap.sv) cells come a cycle late:
//   a_load    the value goes to TOS, or, if X pushes, to NOS below the pushed cell
//   a_store   both cells are gone. If X pushes, the top cell left comes from the RAM to NOS and nothing is written:
//             the cell below it is in the RAM already. Else it comes to TOS, and the one below it a cycle later
//             (a_refill) to NOS
// X holds a push, an instruction with an exception, or nothing then (ready.sv).
// After a throw or a pop the cells are not those of the stack that stays, s_cnt_q cells deep. While the next instruction
// is fetched they are mended (s_mend_q), X being empty:
//   top       the top cell is read from the RAM
//   next      it comes to TOS; the throw of an instruction with one operand begins here: then the top cell is in NOS.
//             The cell below it is read
//   last      that cell comes to NOS
`default_nettype none

module tos (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  input  logic        l_start,
  input  logic [11:0] c_sbase_q,
  // X.
  input  logic        x_pushes,    // X holds one of the instructions that may follow a heap access
  input  logic        tos_set,
  input  logic [63:0] tos_v,
  input  logic        nos_set,
  input  logic [63:0] nos_v,
  input  logic        push,
  input  logic [63:0] push_v,
  input  logic [7:0]  push_cnt,
  input  logic        spill,       // an invocation puts a cell away
  input  logic [11:0] spill_wa,
  input  logic [63:0] spill_wd,
  // A.
  input  logic        a_load,
  input  logic        a_store,
  input  logic        a_refill,
  input  logic [63:0] a_value,
  input  logic [7:0]  a_left_q,
  // Throws and pops.
  input  logic        x_throw,
  input  algorand_pkg::mend_e x_mend, // where mending begins then
  input  logic        u_restore,
  input  logic [7:0]  s_cnt_q,
  // Stack RAM.
  input  logic [63:0] stack_rd,
  input  logic        stack_rv_q,
  output logic        s_stack_sel, // the read port is A's or mending's in this cycle
  output logic        s_stack_re,
  output logic [11:0] s_stack_ra,
  output logic        s_stack_we,
  output logic [11:0] s_stack_wa,
  output logic [63:0] s_stack_wd,
  // Registers.
  output logic [63:0] s_tos_q,
  output logic [63:0] s_nos_q
);



  algorand_pkg::mend_e s_mend_q;

  logic a_reads;   // A has the read port
  logic mend_top;
  logic mend_next;
  logic mend_last;

  assign a_reads   = a_store && !x_pushes;
  assign mend_top  = s_mend_q == algorand_pkg::MEND_TOP;
  assign mend_next = s_mend_q == algorand_pkg::MEND_NEXT;
  assign mend_last = s_mend_q == algorand_pkg::MEND_LAST;

  // ---- Next cells ----

  logic        tos_we;
  logic [63:0] tos_d;
  logic        nos_we;
  logic [63:0] nos_d;

  always_comb begin : cells
    tos_we = tos_set;
    tos_d  = tos_v;
    nos_we = nos_set;
    nos_d  = nos_v;
    if (push) begin
      tos_we = 1'b1;
      tos_d  = push_v;
      nos_we = 1'b1;
      nos_d  = s_tos_q;
      if (a_load && fault_i != algorand_pkg::FAULT_LATE_PUSH) nos_d = a_value; // fault late_push
      if (a_store && stack_rv_q) nos_d = stack_rd;
    end else if (a_load) begin
      tos_we = 1'b1;
      tos_d  = a_value;
    end else if (a_store) begin
      tos_we = a_left_q != 8'd0;
      tos_d  = stack_rd;
    end else if (a_refill) begin
      nos_we = a_left_q >= 8'd2;
      nos_d  = stack_rd;
    end else if (mend_next) begin
      tos_we = 1'b1;
      tos_d  = stack_rv_q ? stack_rd : s_nos_q;
    end else if (mend_last) begin
      nos_we = stack_rv_q && fault_i != algorand_pkg::FAULT_MEND_LOST; // fault mend_lost
      nos_d  = stack_rd;
    end
  end

  always_ff @(posedge clk_i) begin : stack_top
    if (!rst_ni || l_start) begin
      s_tos_q <= 64'd0;
      s_nos_q <= 64'd0;
    end else begin
      if (tos_we) s_tos_q <= tos_d;
      if (nos_we) s_nos_q <= nos_d;
    end
  end

  always_ff @(posedge clk_i) begin : mending
    if (!rst_ni) begin
      s_mend_q <= algorand_pkg::MEND_NONE;
    end else if (x_throw) begin
      s_mend_q <= x_mend;
    end else if (u_restore) begin
      s_mend_q <= algorand_pkg::MEND_TOP;
    end else begin
      case (s_mend_q)
        algorand_pkg::MEND_TOP: s_mend_q <= algorand_pkg::MEND_NEXT;
        algorand_pkg::MEND_NEXT: s_mend_q <= algorand_pkg::MEND_LAST;
        default: s_mend_q <= algorand_pkg::MEND_NONE;
      endcase
    end
  end

  // ---- Stack RAM ----

  logic [7:0]  from;  // the cell that is read, counted from the end of the stack
  logic [7:0]  depth; // where that is
  logic        there;

  assign from  = mend_top ? 8'd1 : 8'd2;
  assign depth = a_reads ? a_left_q : s_cnt_q;
  assign there = depth >= from;

  assign s_stack_sel = a_reads || mend_top || mend_next;
  assign s_stack_re  = s_stack_sel && there;
  assign s_stack_ra  = c_sbase_q + {4'd0, depth} - {4'd0, from};

  assign s_stack_we = spill || (push && push_cnt >= 8'd2 && !a_store);
  assign s_stack_wa = spill ? spill_wa : c_sbase_q + {4'd0, push_cnt} - 12'd2; // index of NOS
  assign s_stack_wd = spill ? spill_wd : s_nos_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni && fault_i == 6'd0) begin
      // What may be in X behind a heap access.
      assert (!(a_load || a_store || a_refill) || !(tos_set || nos_set || spill));
      assert (!(a_load || a_store) || push == x_pushes);
      assert (!(a_refill && push));
      assert (!(push && spill));
      // Isolation of stacks: pushes and A's refills stay in the method's own cells.
      assert (!push || push_cnt < 8'(algorand_pkg::STACK_LIMIT));
      assert (!(a_reads && s_stack_re) || a_left_q <= 8'(algorand_pkg::STACK_LIMIT - 3));
      // Mending has the cells and the read port to itself, and ends before another begins.
      assert (s_mend_q == algorand_pkg::MEND_NONE
          || !(tos_set || nos_set || push || spill || a_load || a_store || a_refill || x_throw || u_restore));
    end
  end
`endif

endmodule

`default_nettype wire
