// Native: passes the pending argument bytes of invoke_native to the host and its result cells to the stack.
//
//   none -> (read -> send) for every argument word -> ask -> wait -> none
//
// read puts an argument word on the frame RAM's output, send requests WORD_IN with it, ask requests NATIVE. In wait
// every beat is pushed by X (n_push, at depth x_cnt_q + n_word_q); the one with h_last_q ends the instruction
// (n_last). Fuel was charged and the number checked by D, before the host hears of it (D23).
// The pending arguments are dropped with the NATIVE request (n_asked), not with the last result: in that cycle D
// may issue an arg of the next sequence.
`default_nettype none

module native (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        x_native, // X is in step 0 of invoke_native
  input  logic [63:0] x_imm_q,
  input  logic [11:0] d_pend_q,
  input  logic [11:0] c_fnext,
  input  logic [63:0] frame_rd,
  input  logic        h_free,
  input  logic        h_word,
  input  logic        h_last_q,
  output logic        n_frame_re,
  output logic [11:0] n_frame_ra,
  output logic        n_req,
  output logic [3:0]  n_kind,
  output logic [63:0] n_a,
  output logic [63:0] n_b,
  output logic        n_asked,
  output logic        n_push,
  output logic        n_last,
  // Registers.
  output logic [8:0]  n_word_q
);

  logic [2:0] n_state_q;


  localparam logic [2:0] NONE = 3'd0;
  localparam logic [2:0] READ = 3'd1;
  localparam logic [2:0] SEND = 3'd2;
  localparam logic [2:0] ASK  = 3'd3;
  localparam logic [2:0] WAIT = 3'd4;

  localparam logic [3:0] WORD_IN = 4'd6;
  localparam logic [3:0] NATIVE  = 4'd7;

  logic       send;
  logic [8:0] word_d;
  logic [8:0] words;  // argument words

  assign words  = d_pend_q[11:3] + {8'd0, d_pend_q[2:0] != 3'd0};
  assign word_d = n_word_q + 9'd1;
  assign send   = n_state_q == SEND && h_free;

  assign n_frame_re = n_state_q == READ;
  assign n_frame_ra = c_fnext + {3'd0, n_word_q};
  assign n_asked    = n_state_q == ASK && h_free;
  assign n_req      = send || n_asked;
  assign n_kind     = send ? WORD_IN : NATIVE;
  assign n_a        = send ? frame_rd : x_imm_q;
  assign n_b        = send ? {55'd0, n_word_q} : {52'd0, d_pend_q};
  assign n_push     = n_state_q == WAIT && h_word;
  assign n_last     = n_push && h_last_q;

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      n_state_q <= NONE;
      n_word_q  <= 9'd0;
    end else begin
      case (n_state_q)
        READ: n_state_q <= SEND;
        SEND:
          if (h_free) begin
            n_word_q  <= word_d;
            n_state_q <= word_d == words ? ASK : READ;
          end
        ASK:
          if (h_free) begin
            n_word_q  <= 9'd0;
            n_state_q <= WAIT;
          end
        WAIT:
          if (h_word) begin
            n_word_q <= word_d;
            if (h_last_q) n_state_q <= NONE;
          end
        default:
          if (x_native) begin
            n_word_q  <= 9'd0;
            n_state_q <= d_pend_q != 12'd0 ? READ : ASK;
          end
      endcase
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      assert (n_state_q <= WAIT);
      // A native's frame words are its arguments, at most 256.
      assert (n_state_q != READ || n_word_q < words);
      assert (!x_native || n_state_q == NONE);
    end
  end
`endif

endmodule

`default_nettype wire
