export default async ({ client, chat, seen }) => {
  seen.text = '';
  const stream = client.chat.completions.stream(chat);
  stream.on('content', (delta) => {
    seen.text += delta;
  });
  const completion = await stream.finalChatCompletion();
  seen.choices = completion.choices;
  seen.usage = completion.usage;
  seen.content = await stream.finalContent();
};
