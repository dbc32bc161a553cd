// Unwind: after a throw, finds the catch that takes it, or ends the call; holds the call's outcome.
//
//   look  the next instruction is on its way to D: a catch issues as taken (decode.sv), anything else is
//         killed and the method is given up
//   pop   one cycle: restore the invoker from the call RAM's output and look after its invocation, or,
//         in the first method, finish with the exception as outcome
//
// X is empty in both states. The call word c_depth_q - 2 is read in the cycle before pop, always. A fetch
// fault has no next instruction, so it goes to pop at once.
`default_nettype none

module unwind (
  input  logic        clk_i,
  input  logic        rst_ni,
  // From X: a throw with its exception code; a finish.
  input  logic        x_throw_i,
  input  logic        x_nonext_i,   // the throw has no next instruction
  input  logic [63:0] x_thrown_i,
  input  logic        x_finish_i,
  input  logic [4:0]  x_kind_i,
  input  logic [63:0] x_value_i,
  // From D.
  input  logic        d_valid_i,
  input  logic        d_fault_i,
  input  logic [7:0]  d_op_i,
  // From the loader: the first invocation failed; the outcome is taken.
  input  logic        l_finish_i,
  input  logic        l_enter_i,    // the loader is where it may fail
  input  logic        l_run_i,      // the call is running
  input  logic [4:0]  l_kind_i,
  input  logic [63:0] l_value_i,
  input  logic        l_taken_i,
  input  logic [9:0]  c_depth_i,
  output logic        u_none_o,
  output logic        u_look_o,
  output logic        u_kill_o,
  output logic        u_restore_o,  // pop with an invoker: restore it, redirect to the return address
  output logic        u_call_re_o,
  // Registers.
  output logic [1:0]  u_state_o,
  output logic [63:0] u_code_o,
  output logic        o_valid_o,
  output logic [4:0]  o_kind_o,
  output logic [63:0] o_value_o
);

  logic [1:0]  u_state_q;
  logic [63:0] u_code_q;
  logic        o_valid_q;
  logic [4:0]  o_kind_q;
  logic [63:0] o_value_q;

  assign u_state_o = u_state_q;
  assign u_code_o  = u_code_q;
  assign o_valid_o = o_valid_q;
  assign o_kind_o  = o_kind_q;
  assign o_value_o = o_value_q;

  localparam logic [1:0] NONE = 2'd0;
  localparam logic [1:0] LOOK = 2'd1;
  localparam logic [1:0] POP  = 2'd2;

  logic caught;  // D holds the catch
  logic give_up;
  logic pop;
  logic first;   // no invoker
  logic finish;  // of pop, in the first method

  assign u_none_o = u_state_q == NONE;
  assign u_look_o = u_state_q == LOOK;
  assign pop      = u_state_q == POP;
  assign first    = c_depth_i == 10'd1;
  assign caught   = u_look_o && d_valid_i && !d_fault_i && d_op_i == algorand_pkg::OP_CATCH;
  assign give_up  = u_look_o && d_valid_i && !caught;

  assign u_restore_o = pop && !first;
  assign finish  = pop && first;
  assign u_kill_o    = give_up || pop;
  assign u_call_re_o = !first && (give_up || (x_throw_i && x_nonext_i));

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      u_state_q <= NONE;
      u_code_q  <= 64'd0;
      o_valid_q <= 1'b0;
      o_kind_q  <= 5'd0;
      o_value_q <= 64'd0;
    end else begin
      if (x_throw_i) begin
        u_state_q <= x_nonext_i ? POP : LOOK;
        u_code_q  <= x_thrown_i;
      end else if (pop) begin
        u_state_q <= first ? NONE : LOOK;
      end else if (give_up) begin
        u_state_q <= POP;
      end else if (caught) begin
        u_state_q <= NONE; // it issues: X is empty and nothing kills
      end

      if (l_taken_i) o_valid_q <= 1'b0;
      if (x_finish_i || finish || l_finish_i) o_valid_q <= 1'b1;
      // Taken along in every cycle of the call until there is an outcome: the verdict comes late, and the value counts only with it.
      if ((l_run_i || l_enter_i) && !o_valid_q) begin
        if (pop) begin
          o_kind_q  <= 5'd2;
          o_value_q <= u_code_q | 64'h4000_0000_0000_0000; // leaving the first method crosses a boundary (D8)
        end else if (l_enter_i) begin
          o_kind_q  <= l_kind_i;
          o_value_q <= l_value_i;
        end else begin
          o_kind_q  <= x_kind_i;
          o_value_q <= x_value_i;
        end
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      assert (u_state_q != 2'd3);
      // X is empty while unwind works, so there is one source of an outcome.
      assert ($countones({x_finish_i, finish, l_finish_i}) <= 1);
      assert (!((x_throw_i || x_finish_i) && !u_none_o));
      // F has stopped and the loader takes the outcome in the next cycle: none is overwritten.
      assert (!(o_valid_q && (x_finish_i || finish || l_finish_i)));
    end
  end
`endif

endmodule

`default_nettype wire
