// Calls: the current method's registers; enters and leaves methods, checks an invocation.
//
// An invocation (x_invoke_i, with its table entry on entry_*_i) is either refused
// (c_badargs_o), ends the call (c_capacity_o), or happens at this edge (c_enter_o): the invoker's registers
// go to the call RAM, the callee's frame begins directly above the invoker's, where the arguments already
// are. x_leave_i (return) and u_restore_i (unwinding) take them back from the call RAM's output.
// An external invocation (x_external_i) has popped its two operands, returns behind one byte, and opens a rollback
// scope: its mark is the log's length. l_start_i makes the first method.
// Call word, msb first: {cnt 8, sbase 12, id 32, argw 9, fbytes 12, fbase 12, ret 17}; scope word, written and read
// together with it: {mark 12, nest 1, ext 1, ai 4, caller 64}.
`default_nettype none

module calls (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  // From X.
  input  logic         x_invoke_i,
  input  logic         x_external_i,
  input  logic         x_open_i,      // it was found admissible in the step before
  input  logic [16:0]  x_pc_i,
  input  logic [7:0]   x_cnt_i,
  input  logic         x_leave_i,
  input  logic         u_restore_i,
  // First method.
  input  logic         l_init_i,     // numbers start again
  input  logic         l_start_i,
  input  logic [11:0]  l_args_i,
  input  logic [9:0]   l_depthmax_i,
  input  logic [31:0]  l_invmax_i,
  input  logic [11:0]  d_pend_i,
  input  logic [15:0]  entry_frame_i, // of the callee's table entry
  input  logic [15:0]  entry_args_i,
  input  logic [93:0]  call_rd_i,     // without cnt
  input  logic [13:0]  scope_rd_i,    // {mark, nest, ext}
  input  logic [11:0]  u_log_i,
  input  logic [3:0]   g_ai_i,
  input  logic [63:0]  g_caller_i,
  output logic         c_badargs_o,
  output logic         c_capacity_o,
  output logic         c_enter_o,
  output logic         c_entext_o,   // enter, externally
  output logic [11:0]  c_fnext_o,    // first frame word above the current method's frame
  output logic [12:0]  c_top_o,      // end of the callee's frame
  // Call RAM.
  output logic [8:0]   call_raddr_o,
  output logic         call_we_o,
  output logic [8:0]   call_waddr_o,
  output logic [101:0] call_wdata_o,
  output logic [81:0]  c_scope_wdata_o,
  // Registers.
  output logic [16:0]  c_ret_o,
  output logic [11:0]  c_fbase_o,
  output logic [11:0]  c_fbytes_o,
  output logic [8:0]   c_argw_o,
  output logic [31:0]  c_id_o,
  output logic [31:0]  c_next_o,
  output logic [11:0]  c_sbase_o,
  output logic [9:0]   c_depth_o,
  output logic         c_ext_o,
  output logic         c_nest_o,
  output logic [11:0]  c_mark_o
);

  logic [16:0]  c_ret_q;
  logic [11:0]  c_fbase_q;
  logic [11:0]  c_fbytes_q;
  logic [8:0]   c_argw_q;
  logic [31:0]  c_id_q;
  logic [31:0]  c_next_q;
  logic [11:0]  c_sbase_q;
  logic [9:0]   c_depth_q;
  logic         c_ext_q;    // invoked externally, by a method
  logic         c_nest_q;   // inside such an invocation
  logic [11:0]  c_mark_q;   // its scope's first log entry

  assign c_ret_o    = c_ret_q;
  assign c_fbase_o  = c_fbase_q;
  assign c_fbytes_o = c_fbytes_q;
  assign c_argw_o   = c_argw_q;
  assign c_id_o     = c_id_q;
  assign c_next_o   = c_next_q;
  assign c_sbase_o  = c_sbase_q;
  assign c_depth_o  = c_depth_q;
  assign c_ext_o    = c_ext_q;
  assign c_nest_o   = c_nest_q;
  assign c_mark_o   = c_mark_q;

  // ---- Check of an invocation ----

  logic [14:0] top;
  logic [12:0] sbase_d;
  logic [7:0]  cnt;     // cells that the invoker keeps

  // fwords(b) = b[..:3], one more if bytes are left.
  assign c_fnext_o = c_fbase_q + {3'd0, c_fbytes_q[11:3]} + {11'd0, c_fbytes_q[2:0] != 3'd0};

  assign cnt = x_external_i ? x_cnt_i - 8'd2 : x_cnt_i;

  always_comb begin : invocation
    top          = 15'd0;
    sbase_d      = 13'd0;
    c_badargs_o  = 1'b0;
    c_capacity_o = 1'b0;
    if (x_invoke_i) begin
      top          = {3'd0, c_fnext_o} + {2'd0, entry_frame_i[15:3]} + {14'd0, entry_frame_i[2:0] != 3'd0};
      sbase_d      = {1'b0, c_sbase_q} + {5'd0, cnt};
      c_badargs_o  = entry_args_i != {4'd0, d_pend_i};
      // 256 words and 128 cells: room for the callee's arguments to others and for its own stack.
      c_capacity_o = !c_badargs_o && (c_depth_q >= l_depthmax_i || c_next_q > l_invmax_i
          || top > 15'd3840 || sbase_d > 13'd3968);
    end
  end

  assign c_entext_o = x_open_i;
  assign c_enter_o  = x_open_i || (x_invoke_i && !x_external_i && !c_badargs_o && !c_capacity_o);
  assign c_top_o    = top[12:0];

  // ---- Call RAM ----

  assign call_raddr_o = c_depth_q[8:0] - 9'd2;
  assign call_we_o    = c_enter_o;
  assign call_waddr_o = c_depth_q[8:0] - 9'd1;

  always_comb begin : record
    call_wdata_o  = 102'd0;
    c_scope_wdata_o = 82'd0;
    if (c_enter_o) begin
      call_wdata_o  = {cnt, c_sbase_q, c_id_q, c_argw_q, c_fbytes_q, c_fbase_q, c_ret_q};
      c_scope_wdata_o = {c_mark_q, c_nest_q, c_ext_q, g_ai_i, g_caller_i};
    end
  end

  // ---- Registers ----

  logic [16:0] length; // of the invocation instruction

  always_comb begin : return_address
    length = x_external_i ? 17'd1 : 17'd3;
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
    end else if (c_enter_o) begin
      c_ret_q    <= x_pc_i + length;
      c_fbase_q  <= c_fnext_o;
      c_fbytes_q <= entry_frame_i[11:0];
      c_argw_q   <= d_pend_i[11:3] + {8'd0, d_pend_i[2:0] != 3'd0};
      c_id_q     <= c_next_q;
      c_next_q   <= c_next_q + 32'd1;
      c_sbase_q  <= sbase_d[11:0];
      c_depth_q  <= c_depth_q + 10'd1;
      c_ext_q    <= x_external_i;
      if (x_external_i) begin
        c_nest_q <= 1'b1;
        c_mark_q <= u_log_i + (fault_i == algorand_pkg::FAULT_SCOPE_MARK ? 12'd1 : 12'd0); // fault scope_mark
      end
    end else if (x_leave_i || u_restore_i) begin
      c_sbase_q  <= call_rd_i[93:82];
      c_id_q     <= call_rd_i[81:50];
      c_argw_q   <= call_rd_i[49:41];
      c_fbytes_q <= call_rd_i[40:29];
      c_fbase_q  <= call_rd_i[28:17];
      c_ret_q    <= call_rd_i[16:0];
      c_depth_q  <= c_depth_q - 10'd1;
      c_mark_q   <= scope_rd_i[13:2];
      c_nest_q   <= scope_rd_i[1];
      c_ext_q    <= scope_rd_i[0];
    end else if (l_init_i) begin
      c_next_q <= 32'd1;
    end else if (l_start_i) begin
      c_ret_q    <= 17'd0;
      c_fbase_q  <= 12'd0;
      c_fbytes_q <= entry_frame_i[11:0];
      c_argw_q   <= l_args_i[11:3] + {8'd0, l_args_i[2:0] != 3'd0};
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
      assert (!(c_enter_o || l_start_i) || entry_frame_i <= 16'd2048);
      assert (!(c_enter_o || l_start_i) || entry_args_i <= entry_frame_i);
      // Only a method with an invoker is left; the depth stays within the call RAM.
      assert (!(x_leave_i || u_restore_i) || c_depth_q > 10'd1);
      assert (c_depth_q <= 10'd512);
      // Frames stack up: an invoker's frame ends at or below its callee's base.
      assert (!(x_leave_i || u_restore_i) || call_rd_i[28:17] <= c_fbase_q);
      assert (!(x_leave_i || u_restore_i) || call_rd_i[93:82] <= c_sbase_q);
      // What the capacity check guarantees: pending arguments fit above the frame, cells above the base.
      assert (c_depth_q == 10'd0 || c_fnext_o <= 12'd3840);
      assert (c_sbase_q <= 12'd3968);
      // Scopes nest: a mark is not above the log's end nor below the mark of the scope around it.
      assert (!(c_enter_o || x_leave_i || u_restore_i) || !c_nest_q || c_mark_q <= u_log_i);
      assert (!(x_leave_i || u_restore_i) || scope_rd_i[13:2] <= c_mark_q);
      assert (!c_ext_q || c_nest_q);
      assert (!x_external_i || !x_invoke_i || x_cnt_i >= 8'd2);
      // One event at a time: X, unwind and loader exclude each other.
      assert ($countones({c_enter_o, x_leave_i, u_restore_i, l_init_i, l_start_i}) <= 1);
    end
  end
`endif

endmodule

`default_nettype wire
