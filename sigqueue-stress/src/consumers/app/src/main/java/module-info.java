/** An application that names one module of sigqueue. */
module consumer {
  requires org.sigqueue;
}
