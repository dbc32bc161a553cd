// Top of stack: the two top cells of the method's operand stack, and what goes to and comes from the stack RAM.
//
// Cell i below the two is stack word c_sbase_q + i. X says what it does to the cells; a push (push_i, at depth
// push_cnt_i) moves NOS to the RAM. Behind a heap access (A, heap.sv) cells come a cycle late:
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
  input  logic        l_start_i,
  input  logic [11:0] c_sbase_i,
  // X.
  input  logic        x_pushes_i,   // X holds one of the instructions that may follow a heap access
  input  logic        tos_set_i,
  input  logic [63:0] tos_v_i,
  input  logic        nos_set_i,
  input  logic [63:0] nos_v_i,
  input  logic        push_i,
  input  logic [63:0] push_v_i,
  input  logic [7:0]  push_cnt_i,
  input  logic        spill_i,      // an invocation puts a cell away
  input  logic [11:0] spill_wa_i,
  input  logic [63:0] spill_wd_i,
  // A.
  input  logic        a_load_i,
  input  logic        a_store_i,
  input  logic        a_refill_i,
  input  logic [63:0] a_value_i,
  input  logic [7:0]  a_left_i,
  // Stack RAM.
  input  logic [63:0] stack_rd_i,
  input  logic        stack_rv_i,
  output logic        a_stack_sel_o, // the read port is A's in this cycle
  output logic        a_stack_re_o,
  output logic [11:0] a_stack_ra_o,
  output logic        s_stack_we_o,
  output logic [11:0] s_stack_wa_o,
  output logic [63:0] s_stack_wd_o,
  // Registers.
  output logic [63:0] s_tos_o,
  output logic [63:0] s_nos_o
);

  logic [63:0] s_tos_q;
  logic [63:0] s_nos_q;

  assign s_tos_o = s_tos_q;
  assign s_nos_o = s_nos_q;

  // ---- Next cells ----

  logic        tos_set;
  logic [63:0] tos_d;
  logic        nos_set;
  logic [63:0] nos_d;

  always_comb begin : cells
    tos_set = tos_set_i;
    tos_d   = tos_v_i;
    nos_set = nos_set_i;
    nos_d   = nos_v_i;
    if (push_i) begin
      tos_set = 1'b1;
      tos_d   = push_v_i;
      nos_set = 1'b1;
      nos_d   = s_tos_q;
      if (a_load_i && fault_i != algorand_pkg::FAULT_LATE_PUSH) nos_d = a_value_i; // fault late_push
      if (a_store_i && stack_rv_i) nos_d = stack_rd_i;
    end else if (a_load_i) begin
      tos_set = 1'b1;
      tos_d   = a_value_i;
    end else if (a_store_i) begin
      tos_set = a_left_i != 8'd0;
      tos_d   = stack_rd_i;
    end else if (a_refill_i) begin
      nos_set = a_left_i >= 8'd2;
      nos_d   = stack_rd_i;
    end
  end

  always_ff @(posedge clk_i) begin : stack_top
    if (!rst_ni || l_start_i) begin
      s_tos_q <= 64'd0;
      s_nos_q <= 64'd0;
    end else begin
      if (tos_set) s_tos_q <= tos_d;
      if (nos_set) s_nos_q <= nos_d;
    end
  end

  // ---- Stack RAM ----

  assign a_stack_sel_o = a_store_i && !x_pushes_i;
  assign a_stack_re_o  = a_stack_sel_o && a_left_i >= 8'd2;
  assign a_stack_ra_o  = c_sbase_i + {4'd0, a_left_i} - 12'd2;

  assign s_stack_we_o = spill_i || (push_i && push_cnt_i >= 8'd2 && !a_store_i);
  assign s_stack_wa_o = spill_i ? spill_wa_i : c_sbase_i + {4'd0, push_cnt_i} - 12'd2; // index of NOS
  assign s_stack_wd_o = spill_i ? spill_wd_i : s_nos_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni && fault_i == 6'd0) begin
      // What may be in X behind a heap access.
      assert (!(a_load_i || a_store_i || a_refill_i) || !(tos_set_i || nos_set_i || spill_i));
      assert (!(a_load_i || a_store_i) || push_i == x_pushes_i);
      assert (!(a_refill_i && push_i));
      assert (!(push_i && spill_i));
      // Isolation of stacks: pushes and A's refills stay in the method's own cells.
      assert (!push_i || push_cnt_i < 8'd128);
      assert (!a_stack_re_o || a_left_i <= 8'd125);
    end
  end
`endif

endmodule

`default_nettype wire
