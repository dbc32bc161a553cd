// SPDX-License-Identifier: MIT OR Apache-2.0
// Front: D and I, the two stages in front of X.
//
// In D the code word of d_pc_q is on the code RAM's output, in I the instruction waits with its immediate, if that is
// in the pool, on the pool's output. D goes on with the word's `next`, or behind a jump to an immediate code point with
// that: such a jump costs no bubble. Everything else that goes elsewhere is a redirect, which empties D and I.
`default_nettype none

module front (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  input  logic        x_take,     // X takes what is in I, unless it is redirected or stopped
  input  logic        redirect,
  input  logic [15:0] target,
  input  logic        stop,
  input  arbitrum_pkg::code_t code_rd,
  // Code and pool RAM.
  output logic        d_code_re,
  output logic [15:0] d_code_ra,
  output logic        d_pool_re,
  output logic [15:0] d_pool_ra,
  // Registers.
  output logic        i_v_q,
  output logic [15:0] i_pc_q,
  output logic [7:0]  i_op_q,
  output logic [1:0]  i_kind_q,
  output logic [15:0] i_imm_q,
  output logic [15:0] i_next_q
);

  logic        d_v_q;
  logic [15:0] d_pc_q;

  logic        i_moves;
  logic        d_moves;
  logic        follow; // a jump to its immediate
  logic [15:0] onward;

  assign i_moves = !i_v_q || x_take;
  assign d_moves = d_v_q && i_moves && !redirect && !stop;
  assign follow  = code_rd.op == arbitrum_pkg::OP_JUMP && code_rd.kind == arbitrum_pkg::KIND_CODE
      && fault_i != arbitrum_pkg::FAULT_JUMP_TARGET; // fault jump_target
  assign onward  = follow ? code_rd.imm : code_rd.next;

  assign d_code_re = redirect || d_moves;
  assign d_code_ra = redirect ? target : onward;
  assign d_pool_re = d_moves && code_rd.kind == arbitrum_pkg::KIND_POOL;
  assign d_pool_ra = code_rd.imm;

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      d_v_q    <= 1'b0;
      d_pc_q   <= 16'd0;
      i_v_q    <= 1'b0;
      i_pc_q   <= 16'd0;
      i_op_q   <= 8'd0;
      i_kind_q <= 2'd0;
      i_imm_q  <= 16'd0;
      i_next_q <= 16'd0;
    end else begin
      if (d_code_re) d_pc_q <= d_code_ra;
      if (d_moves) begin
        i_pc_q   <= d_pc_q;
        i_op_q   <= code_rd.op;
        i_kind_q <= code_rd.kind;
        i_imm_q  <= code_rd.imm;
        i_next_q <= code_rd.next;
      end
      if (stop) begin
        d_v_q <= 1'b0;
        i_v_q <= 1'b0;
      end else if (redirect) begin
        d_v_q <= 1'b1;
        i_v_q <= 1'b0;
      end else if (i_moves) begin
        i_v_q <= d_v_q;
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    // What ends a call goes nowhere.
    if (rst_ni) assert (!(redirect && stop));
  end
`endif

endmodule

`default_nettype wire
