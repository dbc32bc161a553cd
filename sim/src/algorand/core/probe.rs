// SPDX-License-Identifier: MIT OR Apache-2.0
//! The probe: every register of the core, in packing order, with widths and masks.
//!
//! This list is the owner; where each field lies in the RTL is in `signals`. It has groups, each of which begins on
//! a word: those that are all 0 unless something of theirs is in use are not packed then. Large fields come
//! first so that words fill without padding.

use super::Core;
use crate::algorand::isa::DECODE_WORD;
use crate::trace::probe::place;
use crate::trace::{Field, Registers};

const GROUPS: [&[Field]; 7] = [FRONT, EXECUTE, STATE, HEAP, CALL, HOST, ARITH];
const LEN: usize = FRONT.len() + EXECUTE.len() + STATE.len() + HEAP.len() + CALL.len() + HOST.len() + ARITH.len();

/// Probe fields, in packing order.
pub const FIELDS: &[Field] = &concat();

const fn concat() -> [Field; LEN] {
    let (mut fields, mut at, mut g) = ([FRONT[0]; LEN], 0, 0);
    while g < GROUPS.len() {
        assert!(GROUPS[g][0].width == 64, "a group begins on a word");
        let mut i = 0;
        while i < GROUPS[g].len() {
            fields[at] = GROUPS[g][i];
            at += 1;
            i += 1;
        }
        g += 1;
    }
    fields
}

/// Words of a group of `N` fields.
const fn size<const N: usize>(fields: &[Field]) -> usize {
    let (mut widths, mut i) = ([0; N], 0);
    while i < N {
        widths[i] = fields[i].width;
        i += 1;
    }
    (place(&widths)[N - 1] as usize + widths[N - 1] as usize).div_ceil(64)
}

/// Packs a group of `N` words if something of it is in use; returns the words of the next groups.
#[inline(always)]
fn group<const N: usize>(words: &mut [u64], used: bool, pack: impl FnOnce(&mut [u64])) -> &mut [u64] {
    let (group, rest) = words.split_first_chunk_mut::<N>().expect("the probe's length");
    if used {
        pack(group)
    } else {
        *group = [0; N]
    }
    rest
}

/// Which of the groups behind the third are in use: the others are all 0.
struct Used {
    heap: bool,
    call: bool,
    host: bool,
    arith: bool,
}

#[inline(always)]
fn used(c: &Core) -> Used {
    let heap = c.heap.busy() | c.heap_ram.rv() | c.heap_ram.wv() | c.log.rv() | c.log.wv() | c.size.wv();
    let call = c.call.rv() | c.call.wv() | c.scope.rv() | c.scope.wv();
    let areas = c.code.wv() | c.consts.wv() | c.seg.wv() | c.dir.wv();
    let fill = c.segment.filling() | c.segment.g_state_q | (c.segment.g_fail_q != 0);
    let host = areas | fill | c.native.busy() | c.port.h_beat_q | c.unwind.o_valid_q;
    let arith = c.mul.m_busy_q | c.div.v_busy_q;
    Used { heap, call, host, arith }
}

/// Packs the probe of the core after a clock.
#[inline]
pub fn pack(c: &Core, words: &mut [u64]) {
    let used = used(c);
    let words = group::<{ size::<{ FRONT.len() }>(FRONT) }>(words, true, |w| pack_front(c, w));
    let words = group::<{ size::<{ EXECUTE.len() }>(EXECUTE) }>(words, true, |w| pack_execute(c, w));
    let words = group::<{ size::<{ STATE.len() }>(STATE) }>(words, true, |w| pack_state(c, w));
    let words = group::<{ size::<{ HEAP.len() }>(HEAP) }>(words, used.heap, |w| pack_heap(c, w));
    let words = group::<{ size::<{ CALL.len() }>(CALL) }>(words, used.call, |w| pack_call(c, w));
    let words = group::<{ size::<{ HOST.len() }>(HOST) }>(words, used.host, |w| pack_host(c, w));
    group::<{ size::<{ ARITH.len() }>(ARITH) }>(words, used.arith, |w| pack_arith(c, w));
}

/// Whether another description's registers are as the core's, masked as in the probe.
#[inline]
pub fn same<R: Registers>(c: &Core, rtl: &R) -> bool {
    const AT: [usize; GROUPS.len()] = starts();
    let used = used(c);
    same_front(c, rtl, AT[0])
        && same_execute(c, rtl, AT[1])
        && same_state(c, rtl, AT[2])
        && if used.heap { same_heap(c, rtl, AT[3]) } else { idle_heap(rtl, AT[3]) }
        && if used.call { same_call(c, rtl, AT[4]) } else { idle_call(rtl, AT[4]) }
        && if used.host { same_host(c, rtl, AT[5]) } else { idle_host(rtl, AT[5]) }
        && if used.arith { same_arith(c, rtl, AT[6]) } else { idle_arith(rtl, AT[6]) }
}

/// Index of the first field of each group.
const fn starts() -> [usize; GROUPS.len()] {
    let (mut at, mut g) = ([0; GROUPS.len()], 1);
    while g < GROUPS.len() {
        at[g] = at[g - 1] + GROUPS[g - 1].len();
        g += 1;
    }
    at
}

crate::probe! {
/// Packs retirements, F and D.
pub fn pack_front, same_front, idle_front(c: &Core) -> FRONT:
    // Retire.
    r_fuel_q: 64 if r_valid_q = c.retire.r_fuel_q;
    r_pc_q: 17 if r_valid_q = c.retire.r_pc_q;
    f_pc_q: 17 = c.fetch.f_pc_q;
    k_pc_q: 17 if k_valid_q = c.fetch.k_pc_q;
    r_op_q: 8 if r_valid_q = c.retire.r_op_q;
    r_code_q: 5 if r_valid_q = c.retire.r_code_q;
    b_wd_q: 28 if b_wv_q = c.fetch.b_wd_q;
    b_valid_q: 16 = c.fetch.b_valid_q;
    f_ra_q: 14 = c.fetch.f_ra_q;
    r_push_q: 2 if r_valid_q = c.retire.r_push_q;
    r_late_q: 1 if r_valid_q = c.retire.r_late_q;
    r_valid_q: 1 = c.retire.r_valid_q;
    f_run_q: 1 = c.fetch.f_run_q;
    f_v0_q: 1 = c.fetch.f_v0_q;
    // Fetch.
    f_w0_q: 64 if f_v0_q = c.fetch.f_w0_q;
    f_w1_q: 64 if f_v1_q = c.fetch.f_w1_q;
    code_rd: 64 if code_rv_q = c.code.rd();
    d_dec_q: 21 if d_valid_q = DECODE_WORD[c.decode.d_op_q as usize];
    d_pc_q: 17 if d_valid_q = c.decode.d_pc_q;
    d_pend_q: 12 = c.decode.d_pend_q;
    d_op_q: 8 if d_valid_q = c.decode.d_op_q;
    b_wa_q: 4 if b_wv_q = c.fetch.b_wa_q;
    f_v1_q: 1 = c.fetch.f_v1_q;
    f_rv_q: 1 = c.fetch.f_rv_q;
    s_cnt_q: 8 = c.decode.s_cnt_q;
    f_rz_q: 1 = c.fetch.f_rz_q;
    k_valid_q: 1 = c.fetch.k_valid_q;
    code_rv_q: 1 = c.code.rv();
    b_wv_q: 1 = c.fetch.b_wv_q;
    d_valid_q: 1 = c.decode.d_valid_q;
    d_fault_q: 1 if d_valid_q = c.decode.d_fault_q;
    d_redir_q: 1 if d_valid_q = c.decode.d_redir_q;
    // Decode.
    d_imm_q: 64 if d_valid_q = c.decode.d_imm_q;
    d_fuel_q: 64 = c.decode.d_fuel_q;
}

crate::probe! {
/// Packs X and the RAMs that it uses.
pub fn pack_execute, same_execute, idle_execute(c: &Core) -> EXECUTE:
    // Execute.
    s_tos_q: 64 = c.execute.s_tos_q;
    s_nos_q: 64 = c.execute.s_nos_q;
    x_imm_q: 64 if x_valid_q = c.execute.x_imm_q;
    x_dec_q: 21 if x_valid_q = DECODE_WORD[c.execute.x_op_q as usize];
    x_pc_q: 17 if x_valid_q = c.execute.x_pc_q;
    x_op_q: 8 if x_valid_q = c.execute.x_op_q;
    x_cnt_q: 8 if x_valid_q = c.execute.x_cnt_q;
    x_exc_q: 5 if x_valid_q = c.execute.x_exc_q;
    x_off_q: 3 = c.execute.x_off_q;
    x_step_q: 2 if x_valid_q = c.execute.x_step_q;
    tag_rd: 32 if tag_rv_q = c.tag.rd();
    x_word_q: 12 = c.execute.x_word_q;
    stack_wa_q: 12 if stack_wv_q = c.stack.wa();
    x_slot_q: 2 = c.execute.x_slot_q;
    x_valid_q: 1 = c.execute.x_valid_q;
    x_pred_q: 1 if x_valid_q = c.execute.x_pred_q;
    x_taken_q: 1 if x_valid_q = c.execute.x_taken_q;
    x_init_q: 1 = c.execute.x_init_q;
    const_rv_q: 1 = c.consts.rv();
    stack_rv_q: 1 = c.stack.rv();
    // Constants, stack and frame.
    const_rd: 64 if const_rv_q = c.consts.rd();
    stack_rd: 64 if stack_rv_q = c.stack.rd();
    frame_rd: 64 if frame_hit = c.frame.rd();
    stack_wd_q: 64 if stack_wv_q = c.stack.wd();
    frame_wd_q: 64 if frame_wv_q = c.frame.wd();
    tag_wd_q: 32 if tag_wv_q = c.tag.wd();
    frame_wa_q: 12 if frame_wv_q = c.frame.wa();
    tag_wa_q: 12 if tag_wv_q = c.tag.wa();
    frame_rv_q: 1 = c.frame.rv();
    tag_rv_q: 1 = c.tag.rv();
    frame_hit: 1 = c.frame_hit();
    stack_wv_q: 1 = c.stack.wv();
    frame_wv_q: 1 = c.frame.wv();
    tag_wv_q: 1 = c.tag.wv();
}

crate::probe! {
/// Packs what lasts longer: methods, segments, pages, loader.
pub fn pack_state, same_state, idle_state(c: &Core) -> STATE:
    // Unwinding and outcome.
    u_code_q: 64 = c.unwind.u_code_q;
    // Pages.
    p_way_q: 40 = c.pages.p_way_q;
    p_valid_q: 32 = c.pages.p_valid_q;
    p_ready_q: 32 = c.pages.p_ready_q;
    p_freed_q: 32 = c.pages.p_freed_q;
    p_touched_q: 32 = c.pages.p_touched_q;
    p_dirty_q: 32 = c.pages.p_dirty_q;
    u_log_q: 12 = c.unwind.u_log_q;
    u_high_q: 12 = c.unwind.u_high_q;
    p_word_q: 8 = c.pages.p_word_q;
    c_id_q: 32 = c.calls.c_id_q;
    c_fbase_q: 12 = c.calls.c_fbase_q;
    c_fbytes_q: 12 = c.calls.c_fbytes_q;
    p_clear_q: 8 = c.pages.p_clear_q;
    c_next_q: 32 = c.calls.c_next_q;
    c_sbase_q: 12 = c.calls.c_sbase_q;
    c_mark_q: 12 = c.calls.c_mark_q;
    p_left_q: 6 = c.pages.p_left_q;
    p_scan_q: 6 = c.pages.p_scan_q;
    p_slot_q: 5 = c.pages.p_slot_q;
    p_hit_q: 1 = c.pages.p_hit_q;
    u_state_q: 2 = c.unwind.u_state_q;
    s_mend_q: 2 = c.execute.s_mend_q;
    // Calls.
    c_ret_q: 17 = c.calls.c_ret_q;
    g_methods_q: 16 = c.segment.g_methods_q;
    g_codelen_q: 15 = c.segment.g_codelen_q;
    g_constlen_q: 15 = c.segment.g_constlen_q;
    c_ext_q: 1 = c.calls.c_ext_q;
    l_invmax_q: 32 = c.loader.l_invmax_q;
    c_depth_q: 10 = c.calls.c_depth_q;
    c_argw_q: 9 = c.calls.c_argw_q;
    g_ai_q: 4 = c.segment.g_ai_q;
    g_valid_q: 4 = c.segment.g_valid_q;
    g_slot_q: 2 = c.segment.g_slot_q;
    g_victim_q: 2 = c.segment.g_victim_q;
    c_nest_q: 1 = c.calls.c_nest_q;
    // Segments.
    g_app_q: 64 = c.segment.g_app_q;
    g_caller_q: 64 = c.segment.g_caller_q;
    // Port and loader.
    h_req_a_q: 64 = c.port.h_req_a_q;
    h_req_b_q: 64 = c.port.h_req_b_q;
    l_app_q: 64 = c.loader.l_app_q;
    l_method_q: 17 = c.loader.l_method_q;
    l_high_q: 13 = c.loader.l_high_q;
    l_args_q: 12 = c.loader.l_args_q;
    l_logmax_q: 12 = c.loader.l_logmax_q;
    l_depthmax_q: 10 = c.loader.l_depthmax_q;
    l_addr_q: 14 = c.loader.l_addr_q;
    l_word_q: 7 = c.loader.l_word_q;
    l_pages_q: 6 = c.loader.l_pages_q;
    h_req_tag_q: 6 = c.port.h_req_tag_q;
    h_seq_q: 5 = c.port.h_seq_q;
    h_req_kind_q: 4 = c.port.h_req_kind_q;
    l_state_q: 4 = c.loader.l_state_q;
    l_ai_q: 4 = c.loader.l_ai_q;
    l_fail_q: 2 = c.loader.l_fail_q;
    l_asked_q: 1 = c.loader.l_asked_q;
    h_req_valid_q: 1 = c.port.h_req_valid_q;
    h_rsp_ready_q: 1 = c.port.h_rsp_ready_q;
}

crate::probe! {
/// Packs A, the heap RAM, the log and the sizes.
pub fn pack_heap, same_heap, idle_heap(c: &Core) -> HEAP:
    // Heap.
    a_data_q: 64 if a_state_q = c.heap.a_data_q;
    a_value: 64 if a_load = c.a_value();
    heap_rd: 64 if heap_rv_q = c.heap_ram.rd();
    heap_wd_q: 64 if heap_wv_q = c.heap_ram.wd();
    log_rd: 64 if log_rv_q = c.log.rd();
    log_wd_q: 64 if log_wv_q = c.log.wd();
    log_rdx: 14 if log_rv_q = c.log.rd() >> 64;
    log_wdx_q: 14 if log_wv_q = c.log.wd() >> 64;
    a_addr_q: 12 if a_state_q = c.heap.a_addr_q;
    log_wa_q: 11 if log_wv_q = c.log.wa();
    a_left_q: 8 if a_state_q = c.heap.a_left_q;
    size_wa_q: 5 if size_wv_q = c.size.wa();
    heap_wa_q: 12 if heap_wv_q = c.heap_ram.wa();
    size_wd_q: 8 if size_wv_q = c.size.wd();
    a_state_q: 3 = c.heap.a_state_q;
    a_off_q: 3 if a_state_q = c.heap.a_off_q;
    a_op_q: 3 if a_state_q = c.heap.a_op_q;
    a_log_q: 1 if a_state_q = c.heap.a_log_q;
    a_load: 1 = c.heap.loads();
    heap_rv_q: 1 = c.heap_ram.rv();
    heap_wv_q: 1 = c.heap_ram.wv();
    log_rv_q: 1 = c.log.rv();
    log_wv_q: 1 = c.log.wv();
    size_wv_q: 1 = c.size.wv();
}

crate::probe! {
/// Packs the call and scope RAMs.
pub fn pack_call, same_call, idle_call(c: &Core) -> CALL:
    // Call and scope RAMs.
    call_rd: 64 if call_rv_q = c.call.rd();
    call_wd_q: 64 if call_wv_q = c.call.wd();
    scope_rd: 64 if scope_rv_q = c.scope.rd();
    scope_wd_q: 64 if scope_wv_q = c.scope.wd();
    call_rdx: 38 if call_rv_q = c.call.rd() >> 64;
    scope_rdx: 18 if scope_rv_q = c.scope.rd() >> 64;
    call_rv_q: 1 = c.call.rv();
    call_wv_q: 1 = c.call.wv();
    scope_rv_q: 1 = c.scope.rv();
    scope_wv_q: 1 = c.scope.wv();
    call_wdx_q: 38 if call_wv_q = c.call.wd() >> 64;
    scope_wdx_q: 18 if scope_wv_q = c.scope.wd() >> 64;
    call_wa_q: 9 if call_wv_q = c.call.wa();
    scope_wa_q: 9 if scope_wv_q = c.scope.wa();
}

crate::probe! {
/// Packs what comes from the host, and the outcome.
pub fn pack_host, same_host, idle_host(c: &Core) -> HOST:
    // Outcome.
    o_value_q: 64 if o_valid_q = c.unwind.o_value_q;
    g_newmethods_q: 16 if g_fill_q = c.segment.g_newmethods_q;
    g_newcode_q: 15 if g_fill_q = c.segment.g_newcode_q;
    g_newconst_q: 15 if g_fill_q = c.segment.g_newconst_q;
    g_word_q: 13 if g_fill_q = c.segment.g_word_q;
    o_kind_q: 5 if o_valid_q = c.unwind.o_kind_q;
    seg_wdx_q: 50 if seg_wv_q = c.seg.wd() >> 64;
    code_wa_q: 13 if code_wv_q = c.code.wa();
    o_valid_q: 1 = c.unwind.o_valid_q;
    // Fills of segments.
    g_want_q: 64 if g_fill_q = c.segment.g_want_q;
    seg_wd_q: 64 if seg_wv_q = c.seg.wd();
    code_wd_q: 64 if code_wv_q = c.code.wd();
    const_wd_q: 64 if const_wv_q = c.consts.wd();
    g_back_q: 17 if g_state_q = c.segment.g_back_q;
    const_wa_q: 13 if const_wv_q = c.consts.wa();
    n_word_q: 9 if n_state_q = c.native.n_word_q;
    h_tag_q: 6 if h_beat_q = c.port.h_tag_q;
    dir_wa_q: 5 if dir_wv_q = c.dir.wa();
    g_newai_q: 4 if g_fill_q = c.segment.g_newai_q;
    g_fill_q: 2 = c.segment.g_fill_q;
    g_into_q: 2 if g_fill_q = c.segment.g_into_q;
    g_fail_q: 2 = c.segment.g_fail_q;
    seg_wa_q: 2 if seg_wv_q = c.seg.wa();
    g_state_q: 1 = c.segment.g_state_q;
    dir_wdx_q: 4 if dir_wv_q = c.dir.wd() >> 64;
    n_state_q: 3 = c.native.n_state_q;
    code_wv_q: 1 = c.code.wv();
    const_wv_q: 1 = c.consts.wv();
    seg_wv_q: 1 = c.seg.wv();
    h_beat_q: 1 = c.port.h_beat_q;
    h_last_q: 1 if h_beat_q = c.port.h_last_q;
    dir_wv_q: 1 = c.dir.wv();
    // Natives and port.
    h_data_q: 64 if h_beat_q = c.port.h_data_q;
    dir_wd_q: 64 if dir_wv_q = c.dir.wd();
}

crate::probe! {
/// Packs the multiplier and the divider.
pub fn pack_arith, same_arith, idle_arith(c: &Core) -> ARITH:
    // Multiplier and divider.
    m_row_q: 64 if m_busy_q = c.mul.m_row_q;
    m_hi_q: 64 if m_busy_q = c.mul.m_hi_q;
    m_lo_q: 64 if m_busy_q = c.mul.m_lo_q;
    v_rem_q: 64 if v_busy_q = c.div.v_rem_q;
    v_quo_q: 64 if v_busy_q = c.div.v_quo_q;
    v_dv_q: 64 if v_busy_q = c.div.v_dv_q;
    v_dv3_q: 64 if v_busy_q = c.div.v_dv3_q;
    m_rowx_q: 18 if m_busy_q = c.mul.m_row_q >> 64;
    v_cnt_q: 6 if v_busy_q = c.div.v_cnt_q;
    m_cnt_q: 3 if m_busy_q = c.mul.m_cnt_q;
    m_hix_q: 2 if m_busy_q = c.mul.m_hi_q >> 64;
    v_dv3x_q: 2 if v_busy_q = c.div.v_dv3_q >> 64;
    m_busy_q: 1 = c.mul.m_busy_q;
    v_busy_q: 1 = c.div.v_busy_q;
}
