// A Java program agrees on a secret with a key of the token, through SunPKCS11; the peer and the comparison are Java's own.
// usage: java TokenAgreement.java CONFIGURATION PIN
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.KeyFactory;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import javax.crypto.KeyAgreement;

final class TokenAgreement {
  private static byte[] agree(Provider provider, KeyPair own, PublicKey other) throws Exception {
    final KeyAgreement agreement = KeyAgreement.getInstance("ECDH", provider);
    agreement.init(own.getPrivate());
    agreement.doPhase(other, true);
    return agreement.generateSecret();
  }

  private static KeyPair generate(Provider provider) throws Exception {
    final KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", provider);
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  public static void main(String[] arguments) throws Exception {
    final Provider token = Security.getProvider("SunPKCS11").configure(arguments[0]);
    Security.addProvider(token);
    KeyStore.getInstance("PKCS11", token).load(null, arguments[1].toCharArray());
    final Provider software = Security.getProvider("SunEC");
    final KeyPair here = generate(token);
    final KeyPair there = generate(software);
    if (here.getPrivate().getEncoded() != null) throw new IllegalStateException("the private key can be read");
    final PublicKey moved =
        KeyFactory.getInstance("EC", software).generatePublic(new X509EncodedKeySpec(here.getPublic().getEncoded()));
    final byte[] ours = agree(token, here, there.getPublic());
    if (!Arrays.equals(ours, agree(software, there, moved))) throw new IllegalStateException("the secrets differ");
    System.out.println("agreed on " + ours.length + " octets");
  }
}
