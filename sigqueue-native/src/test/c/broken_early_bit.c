/*
 * A negative control: sigshim.c with a sq_send that adds the signal to the mask before it writes
 * the record. A receiver that is quick takes the bit, finds no record, and is never told of it.
 * The checkers must catch this; if they do not, they prove nothing.
 */
#define sq_send sq_send_in_order
#include "../../main/c/sigshim.c"
#undef sq_send

void sq_send(int signal, const siginfo_t *info, int tid)
{
    struct sq_signal *counts = &sq_block.signals[signal];
    atomic_fetch_add(&counts->accepted, 1);
    if (!(atomic_fetch_or(&sq_block.mask, bit(signal)) & bit(signal)))
        sq_announce();
    if (!record(signal, info, tid))
        atomic_fetch_add(&counts->lost, 1);
}
