/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_CONFINE_MODE_H
#define TCPSHAKE_CONFINE_MODE_H

enum sandbox_mode {
    SANDBOX_LIVE,      /* raw sockets and captures in use, guards still to be opened */
    SANDBOX_READ,      /* files only */
    SANDBOX_CHILD,     /* a child that resolves names, with modules of the system's choice */
    SANDBOX_CONNECTOR, /* a child that asks connect(2) */
    SANDBOX_SYNCER,    /* a child that syncs files */
    SANDBOX_HOLDER,    /* a child that holds captures open */
    SANDBOX_SERVER,    /* the server of the demonstration: accepts connections, reads them and says
                          goodbye */
};

#endif
