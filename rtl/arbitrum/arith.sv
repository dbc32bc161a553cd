// Arith: arithmetic of several cycles, with the multiplier, the divider and SHA-256.
//
// X starts it in an instruction's step 0 (x_arith) and waits for e_done with its operands where they are. mul, div, mod
// and sha256f are a run of a unit; the others are sequences (e_state_q):
//
//   sdiv, smod   1, 2, 3: the divider on absolute values, then the sign
//   addmod       4..7: the sum's carry, if there is one, is divided first, and the sum continues it
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
  assign div_start = (x_arith && is_div) || e_state_q == 4'd1 || e_state_q == 4'd4 || e_state_q == 4'd7;
  assign dividend  = x_arith ? x_p0 : e_state_q == 4'd4 && e_c_q ? e_b_q : e_a_q;
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
    .keep_i        (e_state_q == 4'd7),
    .dividend_i    (dividend),
    .divisor_i     (divisor),
    .fault_digit_i (fault_i == arbitrum_pkg::FAULT_DIV_DIGIT), // fault div_digit
    .busy_o        (unused_div_busy),
    .done_o        (div_done),
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
      || (e_state_q == 4'd6 && div_done);

  logic [255:0] divided;

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
  logic [255:0] minus;    // one negation serves operand a and the result

  assign minus = 256'd0 - (x_arith ? x_p0 : divided);

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
        e_c_q     <= x_sum[256];
        e_state_q <= 4'd4;
      end
      if (is_wide) e_state_q <= 4'd8;
      if (is_exp) begin
        e_n_q     <= 9'd256;
        e_state_q <= 4'd9;
      end
    end else begin
      case (e_state_q)
        4'd1: e_state_q <= 4'd2;
        4'd2: if (div_done) e_state_q <= 4'd3;
        4'd3: e_state_q <= 4'd0;
        4'd4: e_state_q <= e_c_q ? 4'd5 : 4'd6;
        4'd5: if (div_done) e_state_q <= 4'd7;
        4'd6: if (div_done) e_state_q <= 4'd0;
        4'd7: e_state_q <= 4'd6;
        4'd8: if (mul_done) begin
          e_c_q     <= mul_hi != 256'd0;
          e_state_q <= 4'd4;
        end
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
        default: e_state_q <= e_state_q;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin : operand_a
    if (!rst_ni) begin
      e_a_q <= 256'd0;
    end else if (x_arith) begin
      if (is_sdiv) e_a_q <= x_p0[255] ? minus : x_p0;
      if (is_add) e_a_q <= x_sum[255:0];
      if (is_exp) e_a_q <= 256'd1;
    end else begin
      if (e_state_q == 4'd2 && div_done) e_a_q <= e_neg_q ? minus : divided;
      if ((e_state_q == 4'd8 || e_state_q == 4'd11 || e_state_q == 4'd13) && mul_done) e_a_q <= mul_lo;
      if (e_state_q == 4'd9 && e_b_q[255]) e_a_q <= x_p0;
    end
  end

  logic shift32;
  logic shift1;

  assign shift32 = e_state_q == 4'd9 && e_b_q != 256'd0 && e_b_q[255:224] == 32'd0;
  assign shift1  = (e_state_q == 4'd9 && e_b_q[255:224] != 32'd0) || (e_state_q == 4'd11 && mul_done && !bit_of_b)
      || (e_state_q == 4'd13 && mul_done);

  always_ff @(posedge clk_i) begin : operand_b
    if (!rst_ni) begin
      e_b_q <= 256'd0;
    end else if (x_arith) begin
      if (is_sdiv) e_b_q <= x_p1[255] ? 256'd0 - x_p1 : x_p1;
      if (is_add) e_b_q <= {255'd0, x_sum[256] && fault_i != arbitrum_pkg::FAULT_MOD_CARRY}; // fault mod_carry
      if (is_exp) e_b_q <= x_p1;
    end else begin
      if (e_state_q == 4'd8 && mul_done) e_b_q <= mul_hi;
      if (shift32) e_b_q <= {e_b_q[223:0], 32'd0};
      if (shift1) e_b_q <= {e_b_q[254:0], 1'b0};
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    // X starts it while it is idle.
    if (rst_ni) assert (!(x_arith && e_state_q != 4'd0));
  end
`endif

endmodule

`default_nettype wire
