// SPDX-License-Identifier: MIT OR Apache-2.0
// Result: what becomes A with X's update, if X makes one in this cycle, whatever it is called there: a result, or a cell
// that comes up. Combinational.
`default_nettype none

module result (
  input  logic         w_bad_q,
  input  logic [3:0]   x_step_q,
  input  logic [4:0]   x_class,
  input  logic [7:0]   x_op_q,
  input  logic         x_imm_v_q,
  input  logic         x_split,
  input  logic         x_one_q,
  input  logic [15:0]  x_new_q,
  input  logic [15:0]  x_pc_q,
  input  logic [255:0] x_r_q,
  input  logic         x_two_go,     // two cells go
  // Cells.
  input  arbitrum_pkg::cell_t x_imm_q,
  input  arbitrum_pkg::cell_t x_o0,
  input  logic         x_same_tag,   // of operands 0 and 1
  input  logic [19:0]  x_tuple,      // length and address of the tuple that is read or changed
  input  arbitrum_pkg::cell_t s_a_q,
  input  arbitrum_pkg::cell_t s_b_q,
  input  arbitrum_pkg::cell_t win_rd0,
  input  arbitrum_pkg::cell_t n_static_q,
  input  arbitrum_pkg::cell_t n_reg_q,
  input  logic [15:0]  n_err_q,
  input  arbitrum_pkg::cell_t t_top_q,
  input  arbitrum_pkg::cell_t cells_rd,
  // Numbers.
  input  logic [255:0] alu_result,
  input  logic         alu_test,
  input  logic [255:0] fine,
  input  logic [255:0] e_result,
  input  logic [63:0]  g_lo_q,
  input  logic [191:0] g_hi_q,
  input  logic [255:0] z_r_q,
  input  logic [63:0]  h_data_q,
  input  logic [15:0]  c_top_q,
  input  logic         s_empty,
  input  logic         t_empty,
  output arbitrum_pkg::cell_t x_top
);

  localparam logic [3:0] IMM    = 4'd0;
  localparam logic [3:0] A      = 4'd1;
  localparam logic [3:0] B      = 4'd2;
  localparam logic [3:0] W0     = 4'd3;
  localparam logic [3:0] STATIC = 4'd4;
  localparam logic [3:0] REG    = 4'd5;
  localparam logic [3:0] AUX    = 4'd6;
  localparam logic [3:0] CELL   = 4'd7;
  localparam logic [3:0] SMALL  = 4'd8;
  localparam logic [3:0] ALU    = 4'd9;
  localparam logic [3:0] FINE   = 4'd10;
  localparam logic [3:0] ARITH  = 4'd11;
  localparam logic [3:0] GAS    = 4'd12;
  localparam logic [3:0] HASH   = 4'd13;
  localparam logic [3:0] BEAT   = 4'd14;

  logic [3:0] source;
  logic       keeps;    // the immediate stays on the stack

  assign keeps = x_imm_v_q && (x_split || x_class == arbitrum_pkg::CLASS_NOP || x_class == arbitrum_pkg::CLASS_INVALID
      || x_class == arbitrum_pkg::CLASS_HALT);

  // ---- Which one ----

  logic [3:0] of_class; // when the instruction is done

  always_comb begin : by_class
    of_class = SMALL;
    case (x_class)
      arbitrum_pkg::CLASS_ALU1: if (x_op_q == arbitrum_pkg::OP_NOT) of_class = ALU;
      arbitrum_pkg::CLASS_ALU2: case (x_op_q)
        arbitrum_pkg::OP_LT, arbitrum_pkg::OP_GT, arbitrum_pkg::OP_SLT, arbitrum_pkg::OP_SGT: of_class = SMALL;
        default: of_class = ALU;
      endcase
      arbitrum_pkg::CLASS_POP, arbitrum_pkg::CLASS_SET, arbitrum_pkg::CLASS_JUMP: of_class = B;
      arbitrum_pkg::CLASS_CJUMP: of_class = x_two_go ? W0 : B;
      arbitrum_pkg::CLASS_PUSH: begin
        if (x_op_q == arbitrum_pkg::OP_SPUSH) of_class = STATIC;
        if (x_op_q == arbitrum_pkg::OP_RPUSH) of_class = REG;
        if (x_op_q == arbitrum_pkg::OP_AUXPOP) of_class = AUX;
      end
      arbitrum_pkg::CLASS_DUP: begin
        of_class = W0;
        if (x_op_q == arbitrum_pkg::OP_DUP0) of_class = A;
        if (x_op_q == arbitrum_pkg::OP_DUP1) of_class = B;
      end
      arbitrum_pkg::CLASS_SWAP: of_class = x_op_q == arbitrum_pkg::OP_SWAP1 ? B : W0;
      arbitrum_pkg::CLASS_SHIFT: of_class = FINE;
      arbitrum_pkg::CLASS_MUL, arbitrum_pkg::CLASS_DIV, arbitrum_pkg::CLASS_MOD, arbitrum_pkg::CLASS_EXP,
      arbitrum_pkg::CLASS_SHA: of_class = ARITH;
      arbitrum_pkg::CLASS_GAS: of_class = x_op_q == arbitrum_pkg::OP_PUSHGAS ? GAS : B;
      arbitrum_pkg::CLASS_GET: of_class = CELL;
      arbitrum_pkg::CLASS_SET2: if (x_op_q == arbitrum_pkg::OP_XSET) of_class = x_two_go ? W0 : B;
      arbitrum_pkg::CLASS_HASH: of_class = HASH;
      arbitrum_pkg::CLASS_HOST: of_class = x_step_q == 4'd13 ? BEAT : B;
      arbitrum_pkg::CLASS_INBOX: of_class = x_step_q == 4'd10 ? SMALL : B;
      default: of_class = SMALL;
    endcase
  end

  always_comb begin : choose
    source = of_class;
    if (x_step_q == 4'd12) source = B;
    if ((x_step_q == 4'd0 && keeps) || (x_step_q == 4'd12 && x_imm_v_q)) source = IMM;
    if (w_bad_q) source = B;
  end

  // ---- Small ones ----

  logic [1:0]  small_tag;
  logic [19:0] low;
  logic        truth;

  always_comb begin : zero_or_one
    truth = alu_test;
    if (x_class == arbitrum_pkg::CLASS_EQ) truth = x_step_q == 4'd8 ? x_r_q == z_r_q : x_same_tag && alu_test;
    if (x_op_q == arbitrum_pkg::OP_STACKEMPTY) truth = s_empty;
    if (x_op_q == arbitrum_pkg::OP_AUXSTACKEMPTY) truth = t_empty;
  end

  always_comb begin : small_result
    small_tag = arbitrum_pkg::TAG_INT;
    low     = {19'd0, truth};
    case (x_class)
      arbitrum_pkg::CLASS_ALU1: begin
        if (x_op_q == arbitrum_pkg::OP_TLEN) low = {16'd0, x_o0.payload[19:16]};
        if (x_op_q == arbitrum_pkg::OP_SIDELOAD) begin
          small_tag = arbitrum_pkg::TAG_TUPLE;
          low     = 20'd0;
        end
        if (x_op_q == arbitrum_pkg::OP_TYPE) begin
          case (x_o0.tag)
            arbitrum_pkg::TAG_INT: low = 20'd0;
            arbitrum_pkg::TAG_CODE: low = 20'd1;
            arbitrum_pkg::TAG_TUPLE: low = 20'd3;
            default: low = 20'd12;
          endcase
        end
      end
      arbitrum_pkg::CLASS_PUSH: case (x_op_q)
        arbitrum_pkg::OP_PCPUSH: begin
          small_tag = arbitrum_pkg::TAG_CODE;
          low     = {4'd0, x_pc_q};
        end
        arbitrum_pkg::OP_ERRPUSH: begin
          small_tag = arbitrum_pkg::TAG_CODE;
          low     = {4'd0, n_err_q};
        end
        arbitrum_pkg::OP_ERRCODEPOINT: begin
          small_tag = arbitrum_pkg::TAG_CODE;
          low     = 20'd0;
        end
        arbitrum_pkg::OP_NEWBUFFER: begin
          small_tag = arbitrum_pkg::TAG_BUFFER;
          low     = 20'd0;
        end
        default: low = {19'd0, truth};
      endcase
      arbitrum_pkg::CLASS_SET2: begin
        small_tag = arbitrum_pkg::TAG_TUPLE;
        low     = {x_tuple[19:16], x_one_q ? x_tuple[15:0] : x_new_q};
      end
      arbitrum_pkg::CLASS_KECCAK: begin
        small_tag = arbitrum_pkg::TAG_TUPLE;
        low     = {4'd7, x_new_q};
      end
      arbitrum_pkg::CLASS_INBOX: begin
        small_tag = arbitrum_pkg::TAG_TUPLE;
        low     = {4'd8, x_new_q};
      end
      arbitrum_pkg::CLASS_INSN: begin
        small_tag = arbitrum_pkg::TAG_CODE;
        low     = {4'd0, c_top_q};
      end
      default: low = {19'd0, truth};
    endcase
  end

  // ---- The cell ----

  logic [1:0] beat_tag;

  assign beat_tag = x_op_q == arbitrum_pkg::OP_SETBUFFER8 || x_op_q == arbitrum_pkg::OP_SETBUFFER64
      || x_op_q == arbitrum_pkg::OP_SETBUFFER256 ? arbitrum_pkg::TAG_BUFFER : arbitrum_pkg::TAG_INT;

  always_comb begin : top
    case (source)
      IMM: x_top = x_imm_q;
      A: x_top = s_a_q;
      B: x_top = s_b_q;
      W0: x_top = win_rd0;
      STATIC: x_top = n_static_q;
      REG: x_top = n_reg_q;
      AUX: x_top = t_top_q;
      CELL: x_top = cells_rd;
      SMALL: x_top = {small_tag, 236'd0, low};
      ALU: x_top = {arbitrum_pkg::TAG_INT, alu_result};
      FINE: x_top = {arbitrum_pkg::TAG_INT, fine};
      ARITH: x_top = {arbitrum_pkg::TAG_INT, e_result};
      GAS: x_top = {arbitrum_pkg::TAG_INT, g_hi_q, g_lo_q};
      HASH: x_top = {arbitrum_pkg::TAG_INT, z_r_q};
      BEAT: x_top = {beat_tag, h_data_q, x_r_q[255:64]};
      default: x_top = x_imm_q;
    endcase
  end

endmodule

`default_nettype wire
