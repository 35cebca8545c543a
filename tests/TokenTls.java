// A TLS server and a client in one JVM; the server's private key is the token's, reached through SunPKCS11.
// usage: java TokenTls.java CONFIGURATION PIN CA.pem COUNT ALIAS
import java.io.FileInputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

final class TokenTls {
  public static void main(String[] arguments) throws Exception {
    final char[] pin = arguments[1].toCharArray();
    final int count = Integer.parseInt(arguments[3]);

    final Provider provider = Security.getProvider("SunPKCS11").configure(arguments[0]);
    Security.addProvider(provider);
    final KeyStore token = KeyStore.getInstance("PKCS11", provider);
    token.load(null, pin);
    if (token.getKey(arguments[4], pin).getEncoded() != null) throw new IllegalStateException("the key can be read");
    final KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
    keys.init(token, pin);
    final SSLContext server = SSLContext.getInstance("TLS");
    server.init(keys.getKeyManagers(), null, null);

    final KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    final Certificate authority;
    try (FileInputStream file = new FileInputStream(arguments[2])) {
      authority = CertificateFactory.getInstance("X.509").generateCertificate(file);
    }
    trusted.setCertificateEntry("ca", authority);
    final TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    final SSLContext client = SSLContext.getInstance("TLS");

    try (SSLServerSocket door =
        (SSLServerSocket) server.getServerSocketFactory().createServerSocket(0, 16, InetAddress.getByName("127.0.0.1"))) {
      final Thread serving = new Thread(() -> {
        for (int i = 0; i < count; i++) {
          try (Socket peer = door.accept()) {
            peer.getOutputStream().write(peer.getInputStream().read() + 1);
          } catch (java.io.IOException refused) {
            System.err.println("server: " + refused);
          }
        }
      });
      serving.setDaemon(true);
      serving.start();
      for (int i = 0; i < count; i++) {
        // A context of its own for each connection: nothing is resumed, so the token signs each time.
        client.init(null, trust.getTrustManagers(), null);
        final String version = i % 2 == 0 ? "TLSv1.3" : "TLSv1.2";
        try (SSLSocket socket =
            (SSLSocket) client.getSocketFactory().createSocket(door.getInetAddress(), door.getLocalPort())) {
          socket.setEnabledProtocols(new String[] {version});
          socket.getOutputStream().write(41);
          if (socket.getInputStream().read() != 42) throw new IllegalStateException("no answer");
          System.out.println(version + " " + socket.getSession().getCipherSuite());
        }
      }
    }
  }
}
