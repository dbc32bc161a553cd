// SPDX-License-Identifier: MIT OR Apache-2.0
// Port: requests to the host, and the beats of its answers, one request at a time.
//
// A request is made only while the port is free (h_free) and then held until host_req_ready_i. Loader, X and hash ask;
// never two in one cycle (assertion below), so their payloads are joined by an or of masks. Its tag is {1, h_seq_q}, a
// running number: a beat of an answer that nobody waits for any more is ignored. A beat is there for one cycle
// (h_beat_q), and whoever asked uses it then: the port never makes the host wait. All pins are registered in both
// directions.
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
  input  arbitrum_pkg::request_t l_request,
  input  logic        x_req,
  input  arbitrum_pkg::request_t x_request,
  input  logic        z_req,
  input  arbitrum_pkg::request_t z_request,
  output logic        h_free,
  // Registers.
  output logic        h_req_valid_q,
  output logic [3:0]  h_req_kind_q,
  output logic [5:0]  h_req_tag_q,
  output logic [63:0] h_req_a_q,
  output logic [63:0] h_req_b_q,
  output logic        h_rsp_ready_q,
  output logic        h_beat_q,
  output logic        h_last_q,
  output logic [63:0] h_data_q
);

  logic [4:0]  h_seq_q;

  // ---- Requests ----

  logic        request;
  arbitrum_pkg::request_t joined;
  logic [4:0]  seq_d;

  assign h_free  = !h_req_valid_q;
  assign request = l_req || x_req || z_req;
  assign joined  = ({arbitrum_pkg::REQUEST_BITS{l_req}} & l_request)
      | ({arbitrum_pkg::REQUEST_BITS{x_req}} & x_request)
      | ({arbitrum_pkg::REQUEST_BITS{z_req}} & z_request);
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
      h_req_tag_q   <= {1'b1, seq_d};
      h_req_a_q     <= joined.a;
      h_req_b_q     <= joined.b;
      h_seq_q       <= seq_d;
    end else if (host_req_ready_i) begin
      h_req_valid_q <= 1'b0;
    end
  end

  // ---- Beats ----

  logic taken;

  assign taken = host_rsp_valid_i && h_rsp_ready_q && host_rsp_tag_i == {1'b1, h_seq_q};

  always_ff @(posedge clk_i) begin : beats
    if (!rst_ni) begin
      h_rsp_ready_q <= 1'b0;
      h_beat_q      <= 1'b0;
      h_last_q      <= 1'b0;
      h_data_q      <= 64'd0;
    end else begin
      h_rsp_ready_q <= 1'b1;
      h_beat_q      <= taken;
      if (taken) begin
        h_last_q <= host_rsp_last_i;
        h_data_q <= host_rsp_data_i;
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      // One asks at a time, and only a free port.
      assert ($countones({l_req, x_req, z_req}) <= 1);
      assert (!request || h_free);
    end
  end
`endif

endmodule

`default_nettype wire
