// SPDX-License-Identifier: MIT OR Apache-2.0
// Native: passes the pending argument bytes of invoke_native to the host and its result cells to the stack.
//
//   none -> (read -> send) for every argument word -> ask -> wait -> none
//
// read puts an argument word on the frame RAM's output, send requests WORD_IN with it, ask requests NATIVE and says
// whose segment asks. In wait every beat is pushed by X (n_push, at depth x_cnt_q + n_word_q); the one with h_last_q
// ends the instruction (n_last). Fuel was charged and the number checked by D, before the host hears of it (D23).
// The pending arguments are dropped with the NATIVE request (n_asked), not with the last result: in that cycle D
// may issue an arg of the next sequence.
`default_nettype none

module native (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        x_native, // X is in step 0 of invoke_native
  input  logic [63:0] x_imm_q, // the native's number, 16 bits
  input  logic [11:0] d_pend_q,
  input  logic [63:0] g_app_q,
  input  logic [11:0] c_fnext,
  input  logic [63:0] frame_rd,
  input  logic        h_free,
  input  logic        h_word,
  input  logic        h_last_q,
  output logic        n_frame_re,
  output logic [11:0] n_frame_ra,
  output logic        n_req,
  output algorand_pkg::request_t n_request,
  output logic        n_asked,
  output logic        n_push,
  output logic        n_last,
  // Registers.
  output logic [8:0]  n_word_q
);

  algorand_pkg::native_e n_state_q;




  logic       send;
  logic [8:0] word_d;
  logic [8:0] words;  // argument words
  logic       unused_number;

  assign words  = d_pend_q[11:3] + {8'd0, d_pend_q[2:0] != 3'd0};
  assign word_d = n_word_q + 9'd1;
  assign send   = n_state_q == algorand_pkg::NATIVE_SEND && h_free;

  assign unused_number = ^x_imm_q[63:16]; // zeros: a native's number has 16 bits
  assign n_frame_re = n_state_q == algorand_pkg::NATIVE_READ;
  assign n_frame_ra = c_fnext + {3'd0, n_word_q};
  assign n_asked    = n_state_q == algorand_pkg::NATIVE_ASK && h_free;
  assign n_req      = send || n_asked;
  assign n_request  = send ? {algorand_pkg::REQUEST_WORD_IN, frame_rd, 55'd0, n_word_q}
      : {algorand_pkg::REQUEST_NATIVE, g_app_q, 32'd0, x_imm_q[15:0], 4'd0, d_pend_q};
  assign n_push     = n_state_q == algorand_pkg::NATIVE_WAIT && h_word;
  assign n_last     = n_push && h_last_q;

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      n_state_q <= algorand_pkg::NATIVE_NONE;
      n_word_q  <= 9'd0;
    end else begin
      case (n_state_q)
        algorand_pkg::NATIVE_READ: n_state_q <= algorand_pkg::NATIVE_SEND;
        algorand_pkg::NATIVE_SEND:
          if (h_free) begin
            n_word_q  <= word_d;
            n_state_q <= word_d == words ? algorand_pkg::NATIVE_ASK : algorand_pkg::NATIVE_READ;
          end
        algorand_pkg::NATIVE_ASK:
          if (h_free) begin
            n_word_q  <= 9'd0;
            n_state_q <= algorand_pkg::NATIVE_WAIT;
          end
        algorand_pkg::NATIVE_WAIT:
          if (h_word) begin
            n_word_q <= word_d;
            if (h_last_q) n_state_q <= algorand_pkg::NATIVE_NONE;
          end
        default:
          if (x_native) begin
            n_word_q  <= 9'd0;
            n_state_q <= d_pend_q != 12'd0 ? algorand_pkg::NATIVE_READ : algorand_pkg::NATIVE_ASK;
          end
      endcase
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      assert (n_state_q <= algorand_pkg::NATIVE_WAIT);
      // A native's frame words are its arguments, at most 256.
      assert (n_state_q != algorand_pkg::NATIVE_READ || n_word_q < words);
      assert (!x_native || n_state_q == algorand_pkg::NATIVE_NONE);
    end
  end
`endif

endmodule

`default_nettype wire
