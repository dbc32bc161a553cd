// SPDX-License-Identifier: MIT OR Apache-2.0
// Unwind: after a throw, finds the catch that takes it, or ends the call; undoes a scope; holds the outcome.
//
//   look  the next instruction is on its way to D: a catch issues as taken (decode.sv), anything else is
//         killed and the method is given up
//   undo  the method was invoked externally: its log entries are undone, newest first, one a cycle. Every cycle reads
//         the next entry (log_re) and applies the one on the RAM's output
//   pop   one cycle: restore the invoker from the call RAM's output and look after its invocation, or,
//         in the first method, finish with the exception as outcome
//
// X is empty in all of them. The call word c_depth_q - 2 is read in the cycle before pop, always. A fetch
// fault has no next instruction, so the method is given up at once. Leaving an externally invoked method sets bit 62 of
// the code; F then waits for the invoker's segment (segment.sv) and is not redirected from here.
// u_log_q counts the entries of the log: X takes them, undo gives them back, the return that closes the outermost
// scope empties it.
`default_nettype none

module unwind (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  // From X: a throw with its exception code; a finish.
  input  logic        x_throw,
  input  logic        x_nonext,   // the throw has no next instruction
  input  logic [63:0] x_thrown,
  input  logic        x_finish,
  input  logic [4:0]  x_kind,
  input  logic [63:0] x_value,
  // From D.
  input  logic        d_valid_q,
  input  logic        d_fault_q,
  input  logic [7:0]  d_op_q,
  // From the loader: the first invocation failed; the outcome is taken.
  input  logic        l_finish,
  input  logic        l_enter,    // the loader is where it may fail
  input  logic        l_run,      // the call is running
  input  logic [4:0]  l_kind,
  input  logic [63:0] l_value,
  input  logic        l_taken,
  input  logic [9:0]  c_depth_q,
  input  logic        c_ext_q,
  input  logic [11:0] c_mark_q,
  // Log.
  input  logic        l_clear,    // a new call
  input  logic        a_entry,    // X takes an entry
  input  logic        leave,      // a method is left, by X or pop
  input  logic        scope_nest, // its invoker is inside a scope
  input  logic        log_rv_q,
  input  algorand_pkg::log_entry_t log_rd,
  output logic        log_re,
  output logic [10:0] log_raddr,
  output logic        u_heap_we,  // undo a store: word u_addr <= u_data
  output logic        u_size_we,  // undo an allocation or a free: size of page u_addr[11:7]
  output logic        u_unfree,
  output logic [11:0] u_addr,
  output logic [63:0] u_data,
  output logic        u_undo,
  output logic        u_none,
  output logic        u_look,
  output logic        u_kill,
  output logic        u_restore,  // pop with an invoker: restore it
  output logic        u_redirect, // and redirect to the return address
  output logic        u_call_re,
  // Registers.
  output logic [63:0] u_code_q,
  output logic [11:0] u_log_q,
  output logic [11:0] u_high_q,
  output logic        o_valid_q,
  output logic [4:0]  o_kind_q,
  output logic [63:0] o_value_q
);

  algorand_pkg::unwind_e  u_state_q;



  logic caught;  // D holds the catch
  logic missed;  // D holds anything else
  logic give_up;
  logic undone;  // the scope has no entry left
  logic pop;
  logic first;   // no invoker
  logic finish;  // of pop, in the first method

  assign u_none  = u_state_q == algorand_pkg::UNWIND_NONE;
  assign u_look  = u_state_q == algorand_pkg::UNWIND_LOOK;
  assign pop     = u_state_q == algorand_pkg::UNWIND_POP;
  assign first   = c_depth_q == 10'd1;
  assign caught  = u_look && d_valid_q && !d_fault_q && d_op_q == algorand_pkg::OP_CATCH;
  assign missed  = u_look && d_valid_q && !caught;
  assign give_up = missed || (x_throw && x_nonext);
  assign undone  = u_undo && u_log_q == c_mark_q;

  assign u_undo     = u_state_q == algorand_pkg::UNWIND_UNDO;
  assign u_restore  = pop && !first;
  assign u_redirect = u_restore && !c_ext_q;
  assign finish     = pop && first;
  assign u_kill     = missed || u_undo || pop;
  assign u_call_re  = undone || (give_up && !c_ext_q && !first);

  // ---- Log ----

  logic [11:0] log_d;
  algorand_pkg::log_e kind;

  assign log_d     = u_log_q - 12'd1;
  assign log_re    = u_undo && !undone;
  assign log_raddr = fault_i == algorand_pkg::FAULT_LOG_ORDER // fault log_order
      ? c_mark_q[10:0] + u_high_q[10:0] - u_log_q[10:0] : log_d[10:0];
  assign kind        = log_rd.kind;
  assign u_addr      = log_rd.addr;
  assign u_data      = log_rd.data;
  assign u_heap_we   = u_undo && log_rv_q && kind == algorand_pkg::LOG_STORE;
  assign u_size_we   = u_undo && log_rv_q && kind != algorand_pkg::LOG_STORE; // the entry of an allocation holds size 0
  assign u_unfree    = u_undo && log_rv_q && kind == algorand_pkg::LOG_FREE;

  always_ff @(posedge clk_i) begin : log
    if (!rst_ni || l_clear) begin
      u_log_q  <= 12'd0;
      u_high_q <= 12'd0;
    end else begin
      if (leave && c_ext_q && !scope_nest) begin
        if (fault_i != algorand_pkg::FAULT_LOG_KEPT) u_log_q <= 12'd0; // fault log_kept
      end else if (log_re) begin
        u_log_q <= log_d;
      end else if (a_entry) begin
        u_log_q <= u_log_q + 12'd1;
        if (u_log_q >= u_high_q) u_high_q <= u_log_q + 12'd1;
      end
    end
  end

  // ---- State and outcome ----

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      u_state_q <= algorand_pkg::UNWIND_NONE;
      u_code_q  <= 64'd0;
      o_valid_q <= 1'b0;
      o_kind_q  <= 5'd0;
      o_value_q <= 64'd0;
    end else begin
      if (x_throw) u_code_q <= x_thrown;
      else if (u_restore && c_ext_q) u_code_q[62] <= 1'b1; // it leaves an external invocation (D8)
      if (give_up) begin
        u_state_q <= c_ext_q ? algorand_pkg::UNWIND_UNDO : algorand_pkg::UNWIND_POP;
      end else if (x_throw) begin
        u_state_q <= algorand_pkg::UNWIND_LOOK;
      end else if (undone) begin
        u_state_q <= algorand_pkg::UNWIND_POP;
      end else if (pop) begin
        u_state_q <= first ? algorand_pkg::UNWIND_NONE : algorand_pkg::UNWIND_LOOK;
      end else if (caught) begin
        u_state_q <= algorand_pkg::UNWIND_NONE; // it issues: X is empty and nothing kills
      end

      if (l_taken) o_valid_q <= 1'b0;
      if (x_finish || finish || l_finish) o_valid_q <= 1'b1;
      // Taken along in every cycle of the call until there is an outcome: the verdict comes late, and the value
      // counts only with it.
      if ((l_run || l_enter) && !o_valid_q) begin
        if (pop) begin
          o_kind_q  <= algorand_pkg::END_EXCEPTION;
          o_value_q <= u_code_q | 64'h4000_0000_0000_0000; // leaving the first method crosses a boundary (D8)
        end else if (l_enter) begin
          o_kind_q  <= l_kind;
          o_value_q <= l_value;
        end else begin
          o_kind_q  <= x_kind;
          o_value_q <= x_value;
        end
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      // The log is not undone below the mark, and read where it was written.
      assert (!u_undo || u_log_q >= c_mark_q || fault_i != 6'd0);
      assert (u_log_q <= 12'(algorand_pkg::LOG_DEPTH) && u_log_q <= u_high_q);
      assert (!(u_heap_we || u_size_we) || kind != 2'd3 || fault_i != 6'd0);
      // Undo has the log, the sizes and the heap to itself; entries come and go one at a time.
      assert (!(a_entry && (log_re || leave)));
      assert (!(pop && c_ext_q) || u_log_q == c_mark_q || fault_i != 6'd0);
      // X is empty while unwind works, so there is one source of an outcome.
      assert ($countones({x_finish, finish, l_finish}) <= 1);
      assert (!((x_throw || x_finish) && !u_none));
      // F has stopped and the loader takes the outcome in the next cycle: none is overwritten.
      assert (!(o_valid_q && (x_finish || finish || l_finish)));
    end
  end
`endif

endmodule

`default_nettype wire
