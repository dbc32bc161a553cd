// SPDX-License-Identifier: MIT OR Apache-2.0
// Port: requests to the host, and the beats of its responses, one at a time.
//
// A request is made only while the port is free (h_free) and then held until host_req_ready_i. Loader, segment
// and native ask; never two in one cycle (assertion below), so their payloads are joined by an or of masks.
// Tags: PAGE requests carry {0, slot}; all others {1, h_seq_q}, a running number, so that a beat of an answer that
// nobody waits for any more is ignored. The responses to PAGE requests may come in any order, between others.
//
//   h_word   a beat of the ordinary request is there: whoever asked uses it in this cycle
//   h_page   a page's beat is there, until pages.sv consumes it (h_take); meanwhile h_rsp_ready_q is low, so
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
  input  logic        l_req,
  input  logic        l_page, // of a page: the tag is the slot, l_request.a
  input  algorand_pkg::request_t l_request,
  input  logic        g_req,  // SEGMENT
  input  algorand_pkg::request_t g_request,
  input  logic        n_req,
  input  algorand_pkg::request_t n_request,
  output logic        h_free,
  // Beats.
  input  logic        h_take, // the page's beat is consumed
  output logic        h_word,
  output logic        h_page,
  // Registers.
  output logic        h_req_valid_q,
  output logic [3:0]  h_req_kind_q,
  output logic [5:0]  h_req_tag_q,
  output logic [63:0] h_req_a_q,
  output logic [63:0] h_req_b_q,
  output logic        h_rsp_ready_q,
  output logic [5:0]  h_tag_q,
  output logic        h_last_q,
  output logic [63:0] h_data_q
);

  logic [4:0]  h_seq_q;
  logic        h_beat_q;


  // ---- Requests ----

  logic        request;
  algorand_pkg::request_t joined;
  logic [4:0]  seq_d;

  assign h_free  = !h_req_valid_q;
  assign request = l_req || g_req || n_req;
  assign joined   = ({algorand_pkg::REQUEST_BITS{l_req}} & l_request)
      | ({algorand_pkg::REQUEST_BITS{g_req}} & g_request)
      | ({algorand_pkg::REQUEST_BITS{n_req}} & n_request);
  assign seq_d   = h_seq_q + 5'd1;

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
      h_req_kind_q  <= joined.kind;
      h_req_a_q     <= joined.a;
      h_req_b_q     <= joined.b;
      if (l_page) begin
        h_req_tag_q <= {1'b0, l_request.a[4:0]};
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

  assign h_word = h_beat_q && h_tag_q[5];
  assign h_page = h_beat_q && !h_tag_q[5];
  assign held   = h_page && !h_take;
  assign taken  = host_rsp_valid_i && h_rsp_ready_q && (!host_rsp_tag_i[5] || host_rsp_tag_i[4:0] == h_seq_q);

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
      assert ($countones({l_req, g_req, n_req}) <= 1);
      assert (!request || h_free);
      assert (!l_page || l_req);
      // A beat that has to stay is never overwritten.
      assert (!(held && h_rsp_ready_q));
      assert (!h_take || h_page);
    end
  end
`endif

endmodule

`default_nettype wire
