// Port: requests to the host, and the beats of its responses, one at a time.
//
// A request is made only while the port is free (h_free_o) and then held until host_req_ready_i. Loader, segment
// and native ask; never two in one cycle (assertion below), so their payloads are joined by an or of masks.
// Tags: PAGE requests carry {0, slot}; all others {1, h_seq_q}, a running number, so that a beat of an answer that
// nobody waits for any more is ignored. The responses to PAGE requests may come in any order, between others.
//
//   h_word_o   a beat of the ordinary request is there: whoever asked uses it in this cycle
//   h_page_o   a page's beat is there, until pages.sv consumes it (take_i); meanwhile h_rsp_ready_q is low, so
//              nothing is taken that could not be kept
// All pins are registered in both directions.
`default_nettype none

module port (
  input  logic        clk_i,
  input  logic        rst_ni,
  // Pins.
  input  logic        host_req_ready_i,
  input  logic        host_rsp_valid_i,
  input  logic [5:0]  host_rsp_tag_i,
  input  logic        host_rsp_last_i,
  input  logic [63:0] host_rsp_data_i,
  // Requests.
  input  logic        l_req_i,
  input  logic [3:0]  l_kind_i,
  input  logic        l_page_i,     // of a page: the tag is the slot, l_a_i
  input  logic [63:0] l_a_i,
  input  logic [63:0] l_b_i,
  input  logic        g_req_i,      // SEGMENT of application g_a_i
  input  logic [63:0] g_a_i,
  input  logic        n_req_i,
  input  logic [3:0]  n_kind_i,
  input  logic [63:0] n_a_i,
  input  logic [63:0] n_b_i,
  output logic        h_free_o,
  // Beats.
  input  logic        take_i,       // the page's beat is consumed
  output logic        h_word_o,
  output logic        h_page_o,
  // Registers.
  output logic        h_req_valid_o,
  output logic [3:0]  h_req_kind_o,
  output logic [5:0]  h_req_tag_o,
  output logic [63:0] h_req_a_o,
  output logic [63:0] h_req_b_o,
  output logic        h_rsp_ready_o,
  output logic [5:0]  h_tag_o,
  output logic        h_last_o,
  output logic [63:0] h_data_o
);

  logic        h_req_valid_q;
  logic [3:0]  h_req_kind_q;
  logic [5:0]  h_req_tag_q;
  logic [63:0] h_req_a_q;
  logic [63:0] h_req_b_q;
  logic [4:0]  h_seq_q;
  logic        h_rsp_ready_q;
  logic        h_beat_q;
  logic [5:0]  h_tag_q;
  logic        h_last_q;
  logic [63:0] h_data_q;

  assign h_req_valid_o = h_req_valid_q;
  assign h_req_kind_o  = h_req_kind_q;
  assign h_req_tag_o   = h_req_tag_q;
  assign h_req_a_o     = h_req_a_q;
  assign h_req_b_o     = h_req_b_q;
  assign h_rsp_ready_o = h_rsp_ready_q;
  assign h_tag_o       = h_tag_q;
  assign h_last_o      = h_last_q;
  assign h_data_o      = h_data_q;

  localparam logic [3:0] SEGMENT = 4'd4;

  // ---- Requests ----

  logic        request;
  logic [3:0]  kind;
  logic [63:0] a;
  logic [63:0] b;
  logic [4:0]  seq_d;

  assign h_free_o = !h_req_valid_q;
  assign request  = l_req_i || g_req_i || n_req_i;
  assign kind     = ({4{l_req_i}} & l_kind_i) | ({4{g_req_i}} & SEGMENT) | ({4{n_req_i}} & n_kind_i);
  assign a        = ({64{l_req_i}} & l_a_i) | ({64{g_req_i}} & g_a_i) | ({64{n_req_i}} & n_a_i);
  assign b        = ({64{l_req_i}} & l_b_i) | ({64{n_req_i}} & n_b_i);
  assign seq_d    = h_seq_q + 5'd1;

  always_ff @(posedge clk_i) begin : requests
    if (!rst_ni) begin
      h_req_valid_q <= 1'b0;
      h_req_kind_q  <= 4'd0;
      h_req_tag_q   <= 6'd0;
      h_req_a_q     <= 64'd0;
      h_req_b_q     <= 64'd0;
      h_seq_q       <= 5'd0;
    end else if (request) begin
      h_req_valid_q <= 1'b1;
      h_req_kind_q  <= kind;
      h_req_a_q     <= a;
      h_req_b_q     <= b;
      if (l_page_i) begin
        h_req_tag_q <= {1'b0, l_a_i[4:0]};
      end else begin
        h_req_tag_q <= {1'b1, seq_d};
        h_seq_q     <= seq_d;
      end
    end else if (host_req_ready_i) begin
      h_req_valid_q <= 1'b0;
    end
  end

  // ---- Beats ----

  logic taken;
  logic held; // a page's beat stays

  assign h_word_o = h_beat_q && h_tag_q[5];
  assign h_page_o = h_beat_q && !h_tag_q[5];
  assign held     = h_page_o && !take_i;
  assign taken    = host_rsp_valid_i && h_rsp_ready_q && (!host_rsp_tag_i[5] || host_rsp_tag_i[4:0] == h_seq_q);

  always_ff @(posedge clk_i) begin : beats
    if (!rst_ni) begin
      h_rsp_ready_q <= 1'b0;
      h_beat_q      <= 1'b0;
      h_tag_q       <= 6'd0;
      h_last_q      <= 1'b0;
      h_data_q      <= 64'd0;
    end else begin
      h_rsp_ready_q <= !(held || (taken && !host_rsp_tag_i[5]));
      h_beat_q      <= taken || held;
      if (taken) begin
        h_tag_q  <= host_rsp_tag_i;
        h_last_q <= host_rsp_last_i;
        h_data_q <= host_rsp_data_i;
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      // One asks at a time, and only a free port.
      assert ($countones({l_req_i, g_req_i, n_req_i}) <= 1);
      assert (!request || h_free_o);
      assert (!l_page_i || l_req_i);
      // A beat that has to stay is never overwritten.
      assert (!(held && h_rsp_ready_q));
      assert (!take_i || h_page_o);
    end
  end
`endif

endmodule

`default_nettype wire
