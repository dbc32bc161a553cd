//! The probe: every register of the core, in packing order, with widths and masks.
//!
//! This list is the owner: `rtl/algorand/probe.sv` is generated from it. Large fields come first in
//! each group so that words fill without padding.

use super::Core;
use crate::algorand::isa::DECODE_WORD;

crate::probe! {
/// Packs the probe of the core after a clock.
pub fn pack(c: &Core) -> FIELDS:
    // Retire.
    r_fuel_q: 64 if r_valid_q = c.retire.r_fuel_q;
    r_pc_q: 17 if r_valid_q = c.retire.r_pc_q;
    r_op_q: 8 if r_valid_q = c.retire.r_op_q;
    r_code_q: 5 if r_valid_q = c.retire.r_code_q;
    r_push_q: 2 if r_valid_q = c.retire.r_push_q;
    r_valid_q: 1 = c.retire.r_valid_q;
    // Fetch, control bits.
    k_pc_q: 17 if k_valid_q = c.fetch.k_pc_q;
    k_valid_q: 1 = c.fetch.k_valid_q;
    f_run_q: 1 = c.fetch.f_run_q;
    f_v0_q: 1 = c.fetch.f_v0_q;
    f_v1_q: 1 = c.fetch.f_v1_q;
    f_rv_q: 1 = c.fetch.f_rv_q;
    f_rz_q: 1 = c.fetch.f_rz_q;
    d_valid_q: 1 = c.decode.d_valid_q;
    d_fault_q: 1 if d_valid_q = c.decode.d_fault_q;
    d_redir_q: 1 if d_valid_q = c.decode.d_redir_q;
    f_pc_q: 17 = c.fetch.f_pc_q;
    // Fetch.
    f_w0_q: 64 if f_v0_q = c.fetch.f_w0_q;
    f_w1_q: 64 if f_v1_q = c.fetch.f_w1_q;
    code_rd: 64 if code_rv_q = c.code.rd();
    // Decode.
    d_imm_q: 64 if d_valid_q = c.decode.d_imm_q;
    d_fuel_q: 64 = c.decode.d_fuel_q;
    d_pc_q: 17 if d_valid_q = c.decode.d_pc_q;
    d_op_q: 8 if d_valid_q = c.decode.d_op_q;
    d_dec_q: 20 if d_valid_q = DECODE_WORD[c.decode.d_op_q as usize];
    d_pend_q: 12 = c.decode.d_pend_q;
    s_cnt_q: 8 = c.decode.s_cnt_q;
    f_ra_q: 14 = c.fetch.f_ra_q;
    code_rv_q: 1 = c.code.rv();
    const_rv_q: 1 = c.consts.rv();
    stack_rv_q: 1 = c.stack.rv();
    frame_rv_q: 1 = c.frame.rv();
    tag_rv_q: 1 = c.tag.rv();
    // Execute.
    s_tos_q: 64 = c.execute.s_tos_q;
    s_nos_q: 64 = c.execute.s_nos_q;
    x_imm_q: 64 if x_valid_q = c.execute.x_imm_q;
    x_pc_q: 17 if x_valid_q = c.execute.x_pc_q;
    x_op_q: 8 if x_valid_q = c.execute.x_op_q;
    x_dec_q: 20 if x_valid_q = DECODE_WORD[c.execute.x_op_q as usize];
    x_exc_q: 5 if x_valid_q = c.execute.x_exc_q;
    x_cnt_q: 8 if x_valid_q = c.execute.x_cnt_q;
    x_valid_q: 1 = c.execute.x_valid_q;
    x_pred_q: 1 if x_valid_q = c.execute.x_pred_q;
    x_taken_q: 1 if x_valid_q = c.execute.x_taken_q;
    x_step_q: 1 if x_valid_q = c.execute.x_step_q;
    x_word_q: 12 = c.execute.x_word_q;
    x_off_q: 3 = c.execute.x_off_q;
    x_init_q: 1 = c.execute.x_init_q;
    frame_hit: 1 = c.frame_hit();
    m_busy_q: 1 = c.mul.m_busy_q;
    v_busy_q: 1 = c.div.v_busy_q;
    // Read data and writes of the RAMs.
    const_rd: 64 if const_rv_q = c.consts.rd();
    stack_rd: 64 if stack_rv_q = c.stack.rd();
    frame_rd: 64 if frame_hit = c.frame.rd();
    stack_wd_q: 64 if stack_wv_q = c.stack.wd();
    frame_wd_q: 64 if frame_wv_q = c.frame.wd();
    tag_rd: 32 if tag_rv_q = c.tag.rd();
    tag_wd_q: 32 if tag_wv_q = c.tag.wd();
    code_wv_q: 1 = c.code.wv();
    const_wv_q: 1 = c.consts.wv();
    call_wv_q: 1 = c.call.wv();
    stack_wv_q: 1 = c.stack.wv();
    frame_wv_q: 1 = c.frame.wv();
    tag_wv_q: 1 = c.tag.wv();
    stack_wa_q: 12 if stack_wv_q = c.stack.wa();
    frame_wa_q: 12 if frame_wv_q = c.frame.wa();
    tag_wa_q: 12 if tag_wv_q = c.tag.wa();
    u_state_q: 2 = c.unwind.u_state_q;
    o_valid_q: 1 = c.unwind.o_valid_q;
    o_kind_q: 5 if o_valid_q = c.unwind.o_kind_q;
    b_wv_q: 1 = c.fetch.b_wv_q;
    b_valid_q: 16 = c.fetch.b_valid_q;
    // Calls.
    c_id_q: 32 = c.calls.c_id_q;
    c_next_q: 32 = c.calls.c_next_q;
    c_ret_q: 17 = c.calls.c_ret_q;
    c_fbase_q: 12 = c.calls.c_fbase_q;
    c_fbytes_q: 12 = c.calls.c_fbytes_q;
    c_sbase_q: 12 = c.calls.c_sbase_q;
    c_depth_q: 10 = c.calls.c_depth_q;
    call_rv_q: 1 = c.call.rv();
    c_argw_q: 9 = c.calls.c_argw_q;
    call_wa_q: 9 if call_wv_q = c.call.wa();
    b_wa_q: 4 if b_wv_q = c.fetch.b_wa_q;
    b_wd_q: 28 if b_wv_q = c.fetch.b_wd_q;
    l_methods_q: 16 = c.loader.l_methods_q;
    call_rdx: 38 if call_rv_q = c.call.rd() >> 64;
    l_constlen_q: 17 = c.loader.l_constlen_q;
    l_state_q: 3 = c.loader.l_state_q;
    h_req_kind_q: 4 = c.loader.h_req_kind_q;
    call_wdx_q: 38 if call_wv_q = c.call.wd() >> 64;
    l_codelen_q: 17 = c.loader.l_codelen_q;
    h_req_tag_q: 4 = c.loader.h_req_tag_q;
    h_req_valid_q: 1 = c.loader.h_req_valid_q;
    h_rsp_ready_q: 1 = c.loader.h_rsp_ready_q;
    l_we_q: 2 = c.loader.l_we_q;
    l_wv: 1 = c.loader.l_we_q != 0;
    call_rd: 64 if call_rv_q = c.call.rd();
    call_wd_q: 64 if call_wv_q = c.call.wd();
    u_code_q: 64 = c.unwind.u_code_q;
    o_value_q: 64 if o_valid_q = c.unwind.o_value_q;
    // Loader and host port.
    l_app_q: 64 = c.loader.l_app_q;
    h_req_a_q: 64 = c.loader.h_req_a_q;
    h_req_b_q: 64 = c.loader.h_req_b_q;
    l_wd_q: 64 if l_wv = c.loader.l_wd_q;
    code_wd_q: 64 if code_wv_q = c.code.wd();
    const_wd_q: 64 if const_wv_q = c.consts.wd();
    l_invmax_q: 32 = c.loader.l_invmax_q;
    l_method_q: 17 = c.loader.l_method_q;
    l_addr_q: 14 = c.loader.l_addr_q;
    l_depthmax_q: 10 = c.loader.l_depthmax_q;
    l_high_q: 13 = c.loader.l_high_q;
    l_wa_q: 13 if l_wv = c.loader.l_wa_q;
    code_wa_q: 13 if code_wv_q = c.code.wa();
    const_wa_q: 13 if const_wv_q = c.consts.wa();
    l_args_q: 12 = c.loader.l_args_q;
    // Multiplier and divider.
    m_row_q: 64 if m_busy_q = c.mul.m_row_q;
    m_hi_q: 64 if m_busy_q = c.mul.m_hi_q;
    m_lo_q: 64 if m_busy_q = c.mul.m_lo_q;
    v_rem_q: 64 if v_busy_q = c.div.v_rem_q;
    v_quo_q: 64 if v_busy_q = c.div.v_quo_q;
    v_dv_q: 64 if v_busy_q = c.div.v_dv_q;
    v_dv3_q: 64 if v_busy_q = c.div.v_dv3_q;
    m_rowx_q: 18 if m_busy_q = c.mul.m_row_q >> 64;
    m_hix_q: 2 if m_busy_q = c.mul.m_hi_q >> 64;
    m_cnt_q: 3 if m_busy_q = c.mul.m_cnt_q;
    v_dv3x_q: 2 if v_busy_q = c.div.v_dv3_q >> 64;
    v_cnt_q: 6 if v_busy_q = c.div.v_cnt_q;
}
