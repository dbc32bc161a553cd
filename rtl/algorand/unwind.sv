// Unwind: after a throw, finds the catch that takes it, or ends the call; undoes a scope; holds the outcome.
//
//   look  the next instruction is on its way to D: a catch issues as taken (decode.sv), anything else is
//         killed and the method is given up
//   undo  the method was invoked externally: its log entries are undone, newest first, one a cycle. Every cycle reads
//         the next entry (log_re_o) and applies the one on the RAM's output
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
  input  logic        c_ext_i,
  input  logic [11:0] c_mark_i,
  // Log.
  input  logic        l_clear_i,    // a new call
  input  logic        a_entry_i,    // X takes an entry
  input  logic        leave_i,      // a method is left, by X or pop
  input  logic        scope_nest_i, // its invoker is inside a scope
  input  logic        log_rv_i,
  input  logic [77:0] log_rd_i,
  output logic        log_re_o,
  output logic [10:0] log_raddr_o,
  output logic        u_heap_we_o,  // undo a store: word u_addr_o <= u_data_o
  output logic        u_size_we_o,  // undo an allocation or a free: size of page u_addr_o[11:7]
  output logic        u_unfree_o,
  output logic [11:0] u_addr_o,
  output logic [63:0] u_data_o,
  output logic        u_undo_o,
  output logic        u_none_o,
  output logic        u_look_o,
  output logic        u_kill_o,
  output logic        u_restore_o,  // pop with an invoker: restore it
  output logic        u_redirect_o, // and redirect to the return address
  output logic        u_call_re_o,
  // Registers.
  output logic [63:0] u_code_o,
  output logic [11:0] u_log_o,
  output logic [11:0] u_high_o,
  output logic        o_valid_o,
  output logic [4:0]  o_kind_o,
  output logic [63:0] o_value_o
);

  logic [1:0]  u_state_q;
  logic [63:0] u_code_q;
  logic [11:0] u_log_q;
  logic [11:0] u_high_q;
  logic        o_valid_q;
  logic [4:0]  o_kind_q;
  logic [63:0] o_value_q;

  assign u_code_o  = u_code_q;
  assign u_log_o   = u_log_q;
  assign u_high_o  = u_high_q;
  assign o_valid_o = o_valid_q;
  assign o_kind_o  = o_kind_q;
  assign o_value_o = o_value_q;

  localparam logic [1:0] NONE = 2'd0;
  localparam logic [1:0] LOOK = 2'd1;
  localparam logic [1:0] POP  = 2'd2;
  localparam logic [1:0] UNDO = 2'd3;

  logic caught;  // D holds the catch
  logic missed;  // D holds anything else
  logic give_up;
  logic undone;  // the scope has no entry left
  logic pop;
  logic first;   // no invoker
  logic finish;  // of pop, in the first method

  assign u_none_o = u_state_q == NONE;
  assign u_look_o = u_state_q == LOOK;
  assign pop      = u_state_q == POP;
  assign first    = c_depth_i == 10'd1;
  assign caught   = u_look_o && d_valid_i && !d_fault_i && d_op_i == algorand_pkg::OP_CATCH;
  assign missed   = u_look_o && d_valid_i && !caught;
  assign give_up  = missed || (x_throw_i && x_nonext_i);
  assign undone   = u_undo_o && u_log_q == c_mark_i;

  assign u_undo_o     = u_state_q == UNDO;
  assign u_restore_o  = pop && !first;
  assign u_redirect_o = u_restore_o && !c_ext_i;
  assign finish       = pop && first;
  assign u_kill_o     = missed || u_undo_o || pop;
  assign u_call_re_o  = undone || (give_up && !c_ext_i && !first);

  // ---- Log ----

  logic [11:0] log_d;
  logic [1:0]  kind;
  logic [11:0] order_q; // planted fault log_order: entries read
  logic        unused_bits;

  assign log_d       = u_log_q - 12'd1;
  assign log_re_o    = u_undo_o && !undone;
  assign log_raddr_o = fault_i == algorand_pkg::FAULT_LOG_ORDER // fault log_order
      ? c_mark_i[10:0] + order_q[10:0] : log_d[10:0];
  assign kind        = log_rd_i[77:76];
  assign u_addr_o    = log_rd_i[75:64];
  assign u_data_o    = log_rd_i[63:0];
  assign u_heap_we_o = u_undo_o && log_rv_i && kind == 2'd0;
  assign u_size_we_o = u_undo_o && log_rv_i && kind != 2'd0; // the entry of an allocation holds size 0
  assign u_unfree_o  = u_undo_o && log_rv_i && kind == 2'd2;
  assign unused_bits = order_q[11];

  always_ff @(posedge clk_i) begin : log
    if (!rst_ni || l_clear_i) begin
      u_log_q  <= 12'd0;
      u_high_q <= 12'd0;
      order_q  <= 12'd0;
    end else begin
      order_q <= log_re_o ? order_q + 12'd1 : 12'd0;
      if (leave_i && c_ext_i && !scope_nest_i) begin
        if (fault_i != algorand_pkg::FAULT_LOG_KEPT) u_log_q <= 12'd0; // fault log_kept
      end else if (log_re_o) begin
        u_log_q <= log_d;
      end else if (a_entry_i) begin
        u_log_q <= u_log_q + 12'd1;
        if (u_log_q >= u_high_q) u_high_q <= u_log_q + 12'd1;
      end
    end
  end

  // ---- State and outcome ----

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      u_state_q <= NONE;
      u_code_q  <= 64'd0;
      o_valid_q <= 1'b0;
      o_kind_q  <= 5'd0;
      o_value_q <= 64'd0;
    end else begin
      if (x_throw_i) u_code_q <= x_thrown_i;
      else if (u_restore_o && c_ext_i) u_code_q[62] <= 1'b1; // it leaves an external invocation (D8)
      if (give_up) begin
        u_state_q <= c_ext_i ? UNDO : POP;
      end else if (x_throw_i) begin
        u_state_q <= LOOK;
      end else if (undone) begin
        u_state_q <= POP;
      end else if (pop) begin
        u_state_q <= first ? NONE : LOOK;
      end else if (caught) begin
        u_state_q <= NONE; // it issues: X is empty and nothing kills
      end

      if (l_taken_i) o_valid_q <= 1'b0;
      if (x_finish_i || finish || l_finish_i) o_valid_q <= 1'b1;
      // Taken along in every cycle of the call until there is an outcome: the verdict comes late, and the value
      // counts only with it.
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
      // The log is not undone below the mark, and read where it was written.
      assert (!u_undo_o || u_log_q >= c_mark_i || fault_i != 6'd0);
      assert (u_log_q <= 12'd2048 && u_log_q <= u_high_q);
      assert (!(u_heap_we_o || u_size_we_o) || kind != 2'd3 || fault_i != 6'd0);
      // Undo has the log, the sizes and the heap to itself; entries come and go one at a time.
      assert (!(a_entry_i && (log_re_o || leave_i)));
      assert (!(pop && c_ext_i) || u_log_q == c_mark_i || fault_i != 6'd0);
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
