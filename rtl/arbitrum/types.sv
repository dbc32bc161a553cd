// SPDX-License-Identifier: MIT OR Apache-2.0
// Types: whether X's operands are what its instruction needs. Combinational.
//
// x_wrong is for instructions of several cycles, which look at it before they change anything: types, and what else is
// known at once (a divisor of 0, an index). x_verdict is for those of one cycle, which have committed before it counts.
`default_nettype none

module types (
  input  logic [4:0] x_class,
  input  logic [7:0] x_op_q,
  input  logic [2:0] x_pops,
  input  logic       x_insn_imm,
  input  logic [1:0] x_tag0,    // of operands 0 to 3
  input  logic [1:0] x_tag1,
  input  logic [1:0] x_tag2,
  input  logic [1:0] x_tag3,
  input  logic       x_zero1,   // operands 1, 2 are 0
  input  logic       x_zero2,
  input  logic       x_index,   // operand 0 is a slot of the tuple
  input  logic       x_lanes,   // the tuple has the length of keccakf's
  output logic       x_wrong,
  output logic       x_verdict
);

  logic int0;
  logic int1;
  logic int2;
  logic code0;
  logic op_send;
  logic op_get;
  logic op_set;
  logic buffer1;
  logic buffer2;

  assign int0    = x_tag0 == arbitrum_pkg::TAG_INT;
  assign int1    = x_tag1 == arbitrum_pkg::TAG_INT;
  assign int2    = x_tag2 == arbitrum_pkg::TAG_INT;
  assign code0   = x_tag0 == arbitrum_pkg::TAG_CODE;
  assign op_send = x_op_q == arbitrum_pkg::OP_SEND;
  assign op_get  = x_op_q == arbitrum_pkg::OP_GETBUFFER8 || x_op_q == arbitrum_pkg::OP_GETBUFFER64
      || x_op_q == arbitrum_pkg::OP_GETBUFFER256;
  assign op_set  = x_op_q == arbitrum_pkg::OP_SETBUFFER8 || x_op_q == arbitrum_pkg::OP_SETBUFFER64
      || x_op_q == arbitrum_pkg::OP_SETBUFFER256;
  assign buffer1 = x_tag1 == arbitrum_pkg::TAG_BUFFER;
  assign buffer2 = x_tag2 == arbitrum_pkg::TAG_BUFFER;

  always_comb begin : operands
    x_wrong = 1'b0;
    case (x_class)
      arbitrum_pkg::CLASS_SHIFT, arbitrum_pkg::CLASS_MUL, arbitrum_pkg::CLASS_EXP: x_wrong = !(int0 && int1);
      arbitrum_pkg::CLASS_HASH: x_wrong = !(int0 && int1); // ethhash2
      arbitrum_pkg::CLASS_DIV: x_wrong = !(int0 && int1) || x_zero1;
      arbitrum_pkg::CLASS_MOD: x_wrong = !(int0 && int1 && int2) || x_zero2;
      arbitrum_pkg::CLASS_SHA: x_wrong = !(int0 && int1 && int2);
      arbitrum_pkg::CLASS_GAS: x_wrong = !int0;
      arbitrum_pkg::CLASS_GET, arbitrum_pkg::CLASS_SET2: x_wrong = !x_index;
      arbitrum_pkg::CLASS_KECCAK: x_wrong = !x_lanes;
      arbitrum_pkg::CLASS_INSN: x_wrong = !(int0
          && (x_insn_imm ? x_tag2 == arbitrum_pkg::TAG_CODE : x_tag1 == arbitrum_pkg::TAG_CODE));
      arbitrum_pkg::CLASS_HOST: begin
        if (op_send || op_get) begin
          x_wrong = !(int0 && buffer1);
        end else if (op_set) begin
          x_wrong = !(int0 && int1 && buffer2);
        end else begin
          x_wrong = !(int0 && int1 && int2) || (x_pops == 3'd4 && x_tag3 != arbitrum_pkg::TAG_INT);
        end
      end
      default: x_wrong = 1'b0;
    endcase
  end

  always_comb begin : verdict
    x_verdict = 1'b1;
    case (x_class)
      arbitrum_pkg::CLASS_INVALID: x_verdict = 1'b0;
      arbitrum_pkg::CLASS_ALU1: begin
        x_verdict = int0;
        if (x_op_q == arbitrum_pkg::OP_TLEN) x_verdict = x_tag0 == arbitrum_pkg::TAG_TUPLE;
        if (x_op_q == arbitrum_pkg::OP_TYPE) x_verdict = 1'b1;
      end
      arbitrum_pkg::CLASS_ALU2: x_verdict = int0 && int1;
      arbitrum_pkg::CLASS_SET: x_verdict = code0 || x_op_q != arbitrum_pkg::OP_ERRSET;
      arbitrum_pkg::CLASS_JUMP: x_verdict = code0;
      arbitrum_pkg::CLASS_CJUMP: x_verdict = code0 && int1;
      default: x_verdict = 1'b1;
    endcase
  end

endmodule

`default_nettype wire
