// A service account of Google's, whose library insists on Google's own token endpoint: here it is somewhere else.
import { JWT } from 'google-auth-library';

export function signIn(account) {
  const client = new JWT({
    email: account.client_email,
    key: account.private_key,
    keyId: account.private_key_id,
    scopes: ['https://www.googleapis.com/auth/cloud-platform'],
  });
  client.transporter.defaults.fetchImplementation = (address, init) =>
    fetch(String(address) === 'https://oauth2.googleapis.com/token' ? account.token_uri : address, init);
  return client;
}
