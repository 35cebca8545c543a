// Encrypts and decrypts 5 MiB with AES-GCM and a key of the token: SunPKCS11 passes all of it in one call.
// usage: java TokenCipher.java CONFIG PIN ALIAS
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

public class TokenCipher {
  public static void main(String[] arguments) throws Exception {
    Provider provider = Security.getProvider("SunPKCS11").configure(arguments[0]);
    Security.addProvider(provider);
    KeyStore store = KeyStore.getInstance("PKCS11", provider);
    store.load(null, arguments[1].toCharArray());
    SecretKey key = (SecretKey) store.getKey(arguments[2], null);
    byte[] text = new byte[5 << 20];
    for (int i = 0; i < text.length; ++i) text[i] = (byte) (i / 1000);
    GCMParameterSpec parameters = new GCMParameterSpec(128, new byte[12]);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", provider);
    cipher.init(Cipher.ENCRYPT_MODE, key, parameters);
    byte[] sealed = cipher.doFinal(text);
    cipher.init(Cipher.DECRYPT_MODE, key, parameters);
    if (!Arrays.equals(cipher.doFinal(sealed), text)) throw new Exception("other octets came back");
    System.out.println("decrypted " + text.length + " octets");
  }
}
