// SPDX-License-Identifier: MIT OR Apache-2.0
// Calls: the current method's registers; enters and leaves methods, checks an invocation.
//
// An invocation (x_invoke, with its table entry on entry_*_i) is either refused
// (c_badargs), ends the call (c_capacity), or happens at this edge (c_enter): the invoker's registers
// go to the call RAM, the callee's frame begins directly above the invoker's, where the arguments already
// are. x_leave (return) and u_restore (unwinding) take them back from the call RAM's output.
// An external invocation (x_external) has popped its two operands, returns behind one byte, and opens a rollback
// scope: its mark is the log's length. l_start makes the first method.
`default_nettype none

module calls (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  // From X.
  input  logic         x_invoke,
  input  logic         x_external,
  input  logic         x_open,      // it was found admissible in the step before
  input  logic [16:0]  x_pc_q,
  input  logic [7:0]   x_cnt_q,
  input  logic         x_leave,
  input  logic         u_restore,
  // First method.
  input  logic         l_init,      // numbers start again
  input  logic         l_start,
  input  logic [11:0]  l_args_q,
  input  logic [9:0]   l_depthmax_q,
  input  logic [31:0]  l_invmax_q,
  input  logic [11:0]  d_pend_q,
  input  logic [15:0]  entry_frame, // of the callee's table entry
  input  logic [15:0]  entry_args,
  input  algorand_pkg::call_word_t call_rd,
  input  logic [11:0]  scope_mark,
  input  logic         scope_nest,
  input  logic         scope_ext,
  input  logic [11:0]  u_log_q,
  input  logic [3:0]   g_ai_q,
  input  logic [63:0]  g_caller_q,
  output logic         c_badargs,
  output logic         c_capacity,
  output logic         c_enter,
  output logic         c_entext,    // enter, externally
  output logic [11:0]  c_fnext,     // first frame word above the current method's frame
  output logic [12:0]  c_top,       // end of the callee's frame
  // Call RAM.
  output logic [8:0]   call_raddr,
  output logic         call_we,
  output logic [8:0]   call_waddr,
  output algorand_pkg::call_word_t call_wdata,
  output algorand_pkg::scope_word_t scope_wdata,
  output logic [7:0]   call_cnt,    // cells that the invoker kept
  // Registers.
  output logic [16:0]  c_ret_q,
  output logic [11:0]  c_fbase_q,
  output logic [11:0]  c_fbytes_q,
  output logic [8:0]   c_argw_q,
  output logic [31:0]  c_id_q,
  output logic [31:0]  c_next_q,
  output logic [11:0]  c_sbase_q,
  output logic [9:0]   c_depth_q,
  output logic         c_ext_q,       // invoked externally, by a method
  output logic         c_nest_q,      // inside such an invocation
  output logic [11:0]  c_mark_q       // its scope's first log entry
);



  // ---- Check of an invocation ----

  logic [14:0] top;
  logic [12:0] sbase_d;
  logic [7:0]  cnt;     // cells that the invoker keeps

  // fwords(b) = b[..:3], one more if bytes are left.
  assign c_fnext = c_fbase_q + {3'd0, c_fbytes_q[11:3]} + {11'd0, c_fbytes_q[2:0] != 3'd0};

  assign cnt = x_external ? x_cnt_q - 8'd2 : x_cnt_q;

  always_comb begin : invocation
    top        = 15'd0;
    sbase_d    = 13'd0;
    c_badargs  = 1'b0;
    c_capacity = 1'b0;
    if (x_invoke) begin
      top       = {3'd0, c_fnext} + {2'd0, entry_frame[15:3]} + {14'd0, entry_frame[2:0] != 3'd0};
      sbase_d   = {1'b0, c_sbase_q} + {5'd0, cnt};
      c_badargs = entry_args != {4'd0, d_pend_q};
      // Room for the callee's arguments to others and for its own stack.
      c_capacity = !c_badargs && (c_depth_q >= l_depthmax_q || c_next_q > l_invmax_q
          || top > 15'(algorand_pkg::FRAME_WORDS - algorand_pkg::FRAME_MAX_WORDS)
          || sbase_d > 13'(algorand_pkg::STACK_MEM - algorand_pkg::STACK_LIMIT));
    end
  end

  assign c_entext = x_open;
  assign c_enter  = x_open || (x_invoke && !x_external && !c_badargs && !c_capacity);
  assign c_top    = top[12:0];

  // ---- Call RAM ----

  assign call_raddr = c_depth_q[8:0] - 9'd2;
  assign call_we    = c_enter;
  assign call_waddr = c_depth_q[8:0] - 9'd1;

  assign call_cnt = call_rd.cnt;

  always_comb begin : record
    call_wdata  = 102'd0;
    scope_wdata = 82'd0;
    if (c_enter) begin
      call_wdata  = {cnt, c_sbase_q, c_id_q, c_argw_q, c_fbytes_q, c_fbase_q, c_ret_q};
      scope_wdata = {c_mark_q, c_nest_q, c_ext_q, g_ai_q, g_caller_q};
    end
  end

  // ---- Registers ----

  logic [16:0] length; // of the invocation instruction

  always_comb begin : return_address
    length = x_external ? 17'd1 : 17'd3;
    if (fault_i == algorand_pkg::FAULT_RETURN_ADDRESS) length = length + 17'd1; // fault return_address
  end

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      c_ret_q    <= 17'd0;
      c_fbase_q  <= 12'd0;
      c_fbytes_q <= 12'd0;
      c_argw_q   <= 9'd0;
      c_id_q     <= 32'd0;
      c_next_q   <= 32'd0;
      c_sbase_q  <= 12'd0;
      c_depth_q  <= 10'd0;
      c_ext_q    <= 1'b0;
      c_nest_q   <= 1'b0;
      c_mark_q   <= 12'd0;
    end else if (c_enter) begin
      c_ret_q    <= x_pc_q + length;
      c_fbase_q  <= c_fnext;
      c_fbytes_q <= entry_frame[11:0];
      c_argw_q   <= d_pend_q[11:3] + {8'd0, d_pend_q[2:0] != 3'd0};
      c_id_q     <= c_next_q;
      c_next_q   <= c_next_q + 32'd1;
      c_sbase_q  <= sbase_d[11:0];
      c_depth_q  <= c_depth_q + 10'd1;
      c_ext_q    <= x_external;
      if (x_external) begin
        c_nest_q <= 1'b1;
        c_mark_q <= u_log_q + (fault_i == algorand_pkg::FAULT_SCOPE_MARK ? 12'd1 : 12'd0); // fault scope_mark
      end
    end else if (x_leave || u_restore) begin
      c_sbase_q  <= call_rd.sbase;
      c_id_q     <= call_rd.id;
      c_argw_q   <= call_rd.argw;
      c_fbytes_q <= call_rd.fbytes;
      c_fbase_q  <= call_rd.fbase;
      c_ret_q    <= call_rd.ret;
      c_depth_q  <= c_depth_q - 10'd1;
      c_mark_q   <= scope_mark;
      c_nest_q   <= scope_nest;
      c_ext_q    <= scope_ext;
    end else if (l_init) begin
      c_next_q <= 32'd1;
    end else if (l_start) begin
      c_ret_q    <= 17'd0;
      c_fbase_q  <= 12'd0;
      c_fbytes_q <= entry_frame[11:0];
      c_argw_q   <= l_args_q[11:3] + {8'd0, l_args_q[2:0] != 3'd0};
      c_id_q     <= 32'd1;
      c_next_q   <= 32'd2;
      c_sbase_q  <= 12'd0;
      c_depth_q  <= 10'd1;
      c_ext_q    <= 1'b0;
      c_nest_q   <= 1'b0;
      c_mark_q   <= 12'd0;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni && fault_i == 6'd0) begin
      // The table is validated when the code is installed (D15), which bounds all of these.
      assert (!(c_enter || l_start) || entry_frame <= 16'(algorand_pkg::FRAME_MAX));
      assert (!(c_enter || l_start) || entry_args <= entry_frame);
      // Only a method with an invoker is left; the depth stays within the call RAM.
      assert (!(x_leave || u_restore) || c_depth_q > 10'd1);
      assert (c_depth_q <= 10'(algorand_pkg::CALL_DEPTH));
      // Frames stack up: an invoker's frame ends at or below its callee's base.
      assert (!(x_leave || u_restore) || call_rd.fbase <= c_fbase_q);
      assert (!(x_leave || u_restore) || call_rd.sbase <= c_sbase_q);
      // What the capacity check guarantees: pending arguments fit above the frame, cells above the base.
      assert (c_depth_q == 10'd0 || c_fnext <= 12'(algorand_pkg::FRAME_WORDS - algorand_pkg::FRAME_MAX_WORDS));
      assert (c_sbase_q <= 12'(algorand_pkg::STACK_MEM - algorand_pkg::STACK_LIMIT));
      // Scopes nest: a mark is not above the log's end nor below the mark of the scope around it.
      assert (!(c_enter || x_leave || u_restore) || !c_nest_q || c_mark_q <= u_log_q);
      assert (!(x_leave || u_restore) || scope_mark <= c_mark_q);
      assert (!c_ext_q || c_nest_q);
      assert (!x_external || !x_invoke || x_cnt_q >= 8'd2);
      // One event at a time: X, unwind and loader exclude each other.
      assert ($countones({c_enter, x_leave, u_restore, l_init, l_start}) <= 1);
    end
  end
`endif

endmodule

`default_nettype wire
