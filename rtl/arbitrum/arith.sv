// SPDX-License-Identifier: MIT OR Apache-2.0
// Arith: arithmetic of several cycles, with the multiplier, the divider and SHA-256.
//
// X starts it in an instruction's step 0 (x_arith) and waits for e_done with its operands where they are. mul, div, mod
// and sha256f are a run of a unit; the others are sequences (e_state_q):
//
//   sdiv, smod   1, 2, 3: the divider on absolute values, then the sign
//   addmod       4, 6: carry and sum are a dividend of two halves; 5, 7, 14: the divider will not have them (the high
//                half is no remainder of the modulus), so the high half is divided first, and the low one continues it
//   mulmod       8, then as addmod with the two halves of the product
//   exp          9..13: leading zeros of the exponent go by 32 or 1 a cycle, then squares and products, most
//                significant bit first
`default_nettype none

module arith (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  input  logic         x_arith,
  input  logic [7:0]   x_op_q,
  input  logic [255:0] x_p0,     // payloads of the operands
  input  logic [255:0] x_p1,
  input  logic [255:0] x_p2,
  input  logic [256:0] x_sum,    // x_p0 + x_p1
  output logic         e_done,
  output logic [255:0] e_result
);

  logic [3:0]   e_state_q;
  logic [255:0] e_a_q;
  logic [255:0] e_b_q;
  logic         e_neg_q;
  logic         e_c_q;
  logic [8:0]   e_n_q;

  // ---- What X wants ----

  logic is_mul;
  logic is_div;  // div, mod
  logic is_sdiv; // sdiv, smod
  logic is_rem;  // the remainder is the result
  logic is_add;  // addmod
  logic is_wide; // mulmod
  logic is_exp;
  logic is_sha;

  assign is_mul  = x_op_q == arbitrum_pkg::OP_MUL;
  assign is_div  = x_op_q == arbitrum_pkg::OP_DIV || x_op_q == arbitrum_pkg::OP_MOD;
  assign is_sdiv = x_op_q == arbitrum_pkg::OP_SDIV || x_op_q == arbitrum_pkg::OP_SMOD;
  assign is_rem  = x_op_q == arbitrum_pkg::OP_MOD || x_op_q == arbitrum_pkg::OP_SMOD || is_add || is_wide;
  assign is_add  = x_op_q == arbitrum_pkg::OP_ADDMOD;
  assign is_wide = x_op_q == arbitrum_pkg::OP_MULMOD;
  assign is_exp  = x_op_q == arbitrum_pkg::OP_EXP;
  assign is_sha  = x_op_q == arbitrum_pkg::OP_SHA256F;

  // ---- Units ----

  logic         mul_start;
  logic [255:0] mul_a;
  logic [255:0] mul_b;
  logic         mul_done;
  logic [255:0] mul_lo;
  logic [255:0] mul_hi;
  logic         div_start;
  logic [255:0] dividend;
  logic [255:0] divisor;
  logic         div_done;
  logic         div_over;
  logic [255:0] div_rem;
  logic [255:0] div_quo;
  logic         sha_done;
  logic [255:0] sha_state;
  logic         unused_mul_busy;
  logic         unused_div_busy;
  logic         unused_sha_busy;

  assign mul_start = (x_arith && (is_mul || is_wide)) || (e_state_q == 4'd10 && e_n_q != 9'd0) || e_state_q == 4'd12;
  assign mul_a     = x_arith ? x_p0 : e_a_q;
  assign mul_b     = x_arith ? x_p1 : e_state_q == 4'd12 ? x_p0 : e_a_q;
  assign div_start = (x_arith && is_div) || e_state_q == 4'd1 || e_state_q == 4'd4 || e_state_q == 4'd5
      || e_state_q == 4'd14;
  assign dividend  = x_arith ? x_p0 : e_state_q == 4'd5 ? e_b_q : e_a_q;
  assign divisor   = x_arith ? x_p1 : e_state_q == 4'd1 ? e_b_q : x_p2;

  mul256 u_mul (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .start_i     (mul_start),
    .wide_i      (is_wide),
    .a_i         (mul_a),
    .b_i         (mul_b),
    .fault_row_i (fault_i == arbitrum_pkg::FAULT_MUL_ROW), // fault mul_row
    .busy_o      (unused_mul_busy),
    .done_o      (mul_done),
    .lo_o        (mul_lo),
    .hi_o        (mul_hi)
  );

  div256 u_div (
    .clk_i         (clk_i),
    .rst_ni        (rst_ni),
    .start_i       (div_start),
    .keep_i        (e_state_q == 4'd14),
    .high_i        (e_b_q & {256{e_state_q == 4'd4}}),
    .dividend_i    (dividend),
    .divisor_i     (divisor),
    .fault_digit_i (fault_i == arbitrum_pkg::FAULT_DIV_DIGIT), // fault div_digit
    .fault_over_i  (fault_i == arbitrum_pkg::FAULT_DIV_OVER), // fault div_over
    .busy_o        (unused_div_busy),
    .done_o        (div_done),
    .over_o        (div_over),
    .rem_o         (div_rem),
    .quo_o         (div_quo)
  );

  sha256 u_sha (
    .clk_i         (clk_i),
    .rst_ni        (rst_ni),
    .start_i       (x_arith && is_sha),
    .state_i       (x_p0),
    .block_i       ({x_p1, x_p2}),
    .fault_sched_i (fault_i == arbitrum_pkg::FAULT_SHA_SCHEDULE), // fault sha_schedule
    .busy_o        (unused_sha_busy),
    .done_o        (sha_done),
    .state_o       (sha_state)
  );

  // ---- Result ----

  assign e_done = (is_mul && mul_done) || (is_div && div_done) || (is_sha && sha_done) || e_state_q == 4'd3
      || (e_state_q == 4'd6 && div_done && !again);

  logic         again;     // the high half has to be divided alone
  logic [255:0] divided;

  assign again   = div_over && !e_c_q;
  assign divided = is_rem ? div_rem : div_quo;

  always_comb begin : choose_result
    if (is_sdiv || is_exp) begin
      e_result = e_a_q;
    end else if (is_mul) begin
      e_result = mul_lo;
    end else if (is_sha) begin
      e_result = sha_state;
    end else begin
      e_result = divided;
    end
  end

  // ---- Sequences ----

  logic         bit_of_b; // the exponent's bit that is next

  always_comb begin : exponent_bit
    bit_of_b = e_b_q[255];
    if (fault_i == arbitrum_pkg::FAULT_EXP_BIT && e_n_q == 9'd1) bit_of_b = 1'b0; // fault exp_bit
  end

  always_ff @(posedge clk_i) begin : sequencer
    if (!rst_ni) begin
      e_state_q <= 4'd0;
      e_neg_q   <= 1'b0;
      e_c_q     <= 1'b0;
      e_n_q     <= 9'd0;
    end else if (x_arith) begin
      if (is_sdiv) begin
        e_neg_q   <= x_p0[255] ^ (x_p1[255] && !is_rem);
        e_state_q <= 4'd1;
      end
      if (is_add) begin
        e_c_q     <= 1'b0;
        e_state_q <= 4'd4;
      end
      if (is_wide) begin
        e_c_q     <= 1'b0;
        e_state_q <= 4'd8;
      end
      if (is_exp) begin
        e_n_q     <= 9'd256;
        e_state_q <= 4'd9;
      end
    end else begin
      case (e_state_q)
        4'd1: e_state_q <= 4'd2;
        4'd2: if (div_done) e_state_q <= 4'd3;
        4'd3: e_state_q <= 4'd0;
        4'd4: e_state_q <= 4'd6;
        4'd5: e_state_q <= 4'd7;
        4'd6: if (div_done) begin
          e_c_q     <= again;
          e_state_q <= again ? 4'd5 : 4'd0;
        end
        4'd7: if (div_done) e_state_q <= 4'd14;
        4'd8: if (mul_done) e_state_q <= 4'd4;
        4'd9: begin
          if (e_b_q == 256'd0) begin
            e_state_q <= 4'd3;
          end else if (e_b_q[255:224] == 32'd0) begin
            e_n_q <= e_n_q - 9'd32;
          end else begin
            e_n_q <= e_n_q - 9'd1;
            if (e_b_q[255]) e_state_q <= 4'd10;
          end
        end
        4'd10: e_state_q <= e_n_q == 9'd0 ? 4'd3 : 4'd11;
        4'd11: if (mul_done) begin
          if (bit_of_b) begin
            e_state_q <= 4'd12;
          end else begin
            e_n_q     <= e_n_q - 9'd1;
            e_state_q <= 4'd10;
          end
        end
        4'd12: e_state_q <= 4'd13;
        4'd13: if (mul_done) begin
          e_n_q     <= e_n_q - 9'd1;
          e_state_q <= 4'd10;
        end
        4'd14: e_state_q <= 4'd6;
        default: e_state_q <= e_state_q;
      endcase
    end
  end

  // ---- Operands of the sequences ----

  // Signs: an operand, or the divider's result, turned if it is to be. Operand 0 comes this way as the base of exp, too.
  logic         turn_a;
  logic         turn_b;
  logic [255:0] turned_a;
  logic [255:0] turned_b;

  assign turn_a   = x_arith ? is_sdiv && x_p0[255] : e_state_q == 4'd2 && e_neg_q;
  assign turn_b   = is_sdiv && x_p1[255];
  assign turned_a = ((x_arith || e_state_q == 4'd9 ? x_p0 : divided) ^ {256{turn_a}}) + {255'd0, turn_a};
  assign turned_b = (x_p1 ^ {256{turn_b}}) + {255'd0, turn_b};

  logic a_turned; // what a becomes
  logic a_sum;
  logic a_one;
  logic a_product;

  assign a_turned  = x_arith ? is_sdiv : (e_state_q == 4'd2 && div_done) || (e_state_q == 4'd9 && e_b_q[255]);
  assign a_sum     = x_arith && is_add;
  assign a_one     = x_arith && is_exp;
  assign a_product = (e_state_q == 4'd8 || e_state_q == 4'd11 || e_state_q == 4'd13) && mul_done;

  always_ff @(posedge clk_i) begin : operand_a
    if (!rst_ni) begin
      e_a_q <= 256'd0;
    end else if (a_turned || a_sum || a_one || a_product) begin
      e_a_q <= ({256{a_turned}} & turned_a) | ({256{a_sum}} & x_sum[255:0]) | ({256{a_product}} & mul_lo)
          | {255'd0, a_one};
    end
  end

  logic b_turned; // what b becomes
  logic b_carry;
  logic b_high;
  logic b_left32;
  logic b_left1;

  assign b_turned = x_arith && (is_sdiv || is_exp);
  assign b_carry  = x_arith && is_add;
  assign b_high   = e_state_q == 4'd8 && mul_done;
  assign b_left32 = e_state_q == 4'd9 && e_b_q != 256'd0 && e_b_q[255:224] == 32'd0;
  assign b_left1  = (e_state_q == 4'd9 && e_b_q[255:224] != 32'd0) || (e_state_q == 4'd11 && mul_done && !bit_of_b)
      || (e_state_q == 4'd13 && mul_done);

  always_ff @(posedge clk_i) begin : operand_b
    if (!rst_ni) begin
      e_b_q <= 256'd0;
    end else if (b_turned || b_carry || b_high || b_left32 || b_left1) begin
      e_b_q <= ({256{b_turned}} & turned_b) | ({256{b_high}} & mul_hi)
          | ({256{b_left32}} & {e_b_q[223:0], 32'd0}) | ({256{b_left1}} & {e_b_q[254:0], 1'b0})
          | {255'd0, b_carry && x_sum[256] && fault_i != arbitrum_pkg::FAULT_MOD_CARRY}; // fault mod_carry
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    // X starts it while it is idle.
    if (rst_ni) begin
      assert (!(x_arith && e_state_q != 4'd0));
      // An operand becomes one thing at a time.
      assert ($countones({a_turned, a_sum, a_one, a_product}) <= 1);
      assert ($countones({b_turned, b_carry, b_high, b_left32, b_left1}) <= 1);
    end
  end
`endif

endmodule

`default_nettype wire
