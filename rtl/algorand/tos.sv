// Top of stack: the two top cells of the method's operand stack, and what goes to and comes from the stack RAM.
//
// Cell i below the two is stack word c_sbase_q + i. X says what it does to the cells; a push (push, at depth
// push_cnt) moves NOS to the RAM. Behind a heap access (A, heap.sv) cells come a cycle late:
//   a_load    the value goes to TOS, or, if X pushes, to NOS below the pushed cell
//   a_store   both cells are gone. If X pushes, the top cell left comes from the RAM to NOS and nothing is written:
//             the cell below it is in the RAM already. Else it comes to TOS, and the one below it a cycle later
//             (a_refill) to NOS
// X holds a push, an instruction with an exception, or nothing then (ready.sv).
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
  // Stack RAM.
  input  logic [63:0] stack_rd,
  input  logic        stack_rv_q,
  output logic        a_stack_sel, // the read port is A's in this cycle
  output logic        a_stack_re,
  output logic [11:0] a_stack_ra,
  output logic        s_stack_we,
  output logic [11:0] s_stack_wa,
  output logic [63:0] s_stack_wd,
  // Registers.
  output logic [63:0] s_tos_q,
  output logic [63:0] s_nos_q
);



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

  // ---- Stack RAM ----

  assign a_stack_sel = a_store && !x_pushes;
  assign a_stack_re  = a_stack_sel && a_left_q >= 8'd2;
  assign a_stack_ra  = c_sbase_q + {4'd0, a_left_q} - 12'd2;

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
      assert (!a_stack_re || a_left_q <= 8'(algorand_pkg::STACK_LIMIT - 3));
    end
  end
`endif

endmodule

`default_nettype wire
